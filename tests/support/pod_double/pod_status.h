#pragma once

// The status that scheduler and kubelet give a pod, at each point of its life. Pure. All are merge
// patches: lists are whole.

#include <string>

#include <nlohmann/json.hpp>

namespace clockwork::testing {

// "2026-01-31T12:00:00Z" is what `now` looks like.
nlohmann::json UnschedulableStatus(int nodes, const std::string& now);
nlohmann::json RunningStatus(const nlohmann::json& pod, bool ready, const std::string& address,
                             const std::string& now);
// All containers wait for this reason.
nlohmann::json WaitingStatus(const nlohmann::json& pod, const std::string& reason,
                             const std::string& message, const std::string& now);

struct ContainerEnd {
  int exit_code = 0;
  std::string reason;   // Completed, Error, OOMKilled
  std::string message;  // termination message
};
// Phase Succeeded with code 0, else Failed.
nlohmann::json EndedStatus(const nlohmann::json& pod, const ContainerEnd& end,
                           const std::string& now);
nlohmann::json EvictedStatus(const std::string& message);

// Of a node.
nlohmann::json NodeStatus(bool ready, const std::string& now);

}  // namespace clockwork::testing
