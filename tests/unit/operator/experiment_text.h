#pragma once

// Builds the text of an experiment around the part that a test is about.

#include <string>

namespace clockwork::testing {

// `spec` is YAML in flow style: "{trials: 2}".
inline std::string ExperimentText(const std::string& spec, const std::string& name = "test") {
  return "apiVersion: clockwork.dev/v1alpha1\nkind: ScalabilityExperiment\nmetadata: {name: " +
         name + "}\nspec: " + spec + "\n";
}

}  // namespace clockwork::testing
