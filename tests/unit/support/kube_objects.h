#pragma once

// Objects for tests against a FakeApiServer.

#include <string>

#include <nlohmann/json.hpp>

namespace clockwork::testing {

inline nlohmann::json MakePod(const std::string& name, nlohmann::json labels = nullptr) {
  nlohmann::json pod = {
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata", {{"name", name}, {"namespace", "lab"}}},
      {"spec", {{"containers", {{{"name", "main"}, {"image", "example/main:1"}}}}}}};
  if (!labels.is_null()) pod["metadata"]["labels"] = std::move(labels);
  return pod;
}

inline nlohmann::json MakeExperiment(const std::string& name) {
  return {{"apiVersion", "clockwork.dev/v1alpha1"},
          {"kind", "ScalabilityExperiment"},
          {"metadata", {{"name", name}, {"namespace", "lab"}}},
          {"spec", {{"trials", 3}}}};
}

inline nlohmann::json MakeNode(const std::string& name, const std::string& role) {
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata", {{"name", name}, {"labels", {{"clockwork.dev/role", role}}}}}};
}

inline constexpr char kPods[] = "/api/v1/namespaces/lab/pods";
inline constexpr char kExperiments[] =
    "/apis/clockwork.dev/v1alpha1/namespaces/lab/scalabilityexperiments";

}  // namespace clockwork::testing
