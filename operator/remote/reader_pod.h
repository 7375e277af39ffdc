#pragma once

// The pod through which the files of an experiment's claim are read: it mounts the claim read-only,
// does nothing by itself and ends by itself. Pure.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/remote/cluster.h"

namespace clockwork::remote {

inline constexpr const char* kReaderContainer = "reader";
inline constexpr std::int64_t kReaderSeconds = 3'600;  // it ends by itself when it has no use,
inline constexpr std::int64_t kReaderLimitSeconds = 86'400;  // and the kubelet ends it in any case

// The image of the telemetry program: the one the experiment names, else that of `pods` (of the
// experiment), else the one in the status, else that of this release.
std::string ReaderImage(const RemoteExperiment& experiment,
                        const std::vector<nlohmann::json>& pods);

// A node on which one of `pods` uses the claim by now; empty: none. A volume that can be mounted by
// one node at a time is there.
std::string NodeOfClaim(const std::vector<nlohmann::json>& pods, const std::string& claim);

struct ReaderSpec {
  std::string image;
  std::string node;    // empty: where the experiment's controllers may run
  std::string suffix;  // makes the name unique
};

// Owned by the experiment, so that it goes with it; without the labels by which the operator finds
// the pods of trials. Fit for pod security "restricted".
nlohmann::json ReaderPod(const RemoteExperiment& experiment, const ReaderSpec& spec);

// How far the pod is.
struct ReaderState {
  enum class Kind { kWaiting, kRunning, kEnded } kind = Kind::kWaiting;
  std::string blocker;  // what it waits for, or why it ended, as far as Kubernetes says
};
ReaderState StateOf(const nlohmann::json& pod);

// The directory of the experiment as the pod sees it.
std::string ReaderDirectory(const RemoteExperiment& experiment);

}  // namespace clockwork::remote
