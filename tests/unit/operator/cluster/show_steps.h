#pragma once

// What a decision does, in words for a test to compare: "delete c1t1a1-worker0, create
// c2t1a1-client".

#include <string>
#include <variant>

#include "operator/plan/cluster/decide.h"

namespace clockwork::plan::cluster {

struct ShowStep {
  std::string operator()(const CreateClaim& step) const { return "claim " + step.claim.name; }
  std::string operator()(const CreatePod& step) const { return "create " + Short(step.pod.name); }
  std::string operator()(const DeletePod& step) const { return "delete " + Short(step.name); }
  std::string operator()(const DeleteExperiment& /*step*/) const { return "delete experiment"; }
  // "c1t1a1-worker0"
  static std::string Short(const std::string& name) { return name.substr(name.find("-c") + 1); }
};

inline std::string Show(const Decision& decision) {
  std::string text;
  for (const Step& step : decision.steps) {
    if (!text.empty()) text += ", ";
    text += std::visit(ShowStep(), step);
  }
  return text;
}

}  // namespace clockwork::plan::cluster
