#pragma once

// Small objects of the API for tests.

#include <string>

#include <nlohmann/json.hpp>

namespace clockwork::kube::testing {

inline nlohmann::json Pod(const std::string& name, const std::string& version,
                          const std::string& uid = "") {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata",
           {{"name", name},
            {"namespace", "ns"},
            {"uid", uid.empty() ? "uid-" + name : uid},
            {"resourceVersion", version}}}};
}

inline nlohmann::json Labelled(nlohmann::json object, const std::string& label,
                               const std::string& value) {
  object["metadata"]["labels"][label] = value;
  return object;
}

}  // namespace clockwork::kube::testing
