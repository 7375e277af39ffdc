#pragma once

// What shall become of a pod: the vocabulary of tests with a PodDouble. Values.

#include <cstdint>
#include <functional>
#include <string>

#include <nlohmann/json.hpp>

namespace clockwork::testing {

inline constexpr char kRoleLabel[] = "clockwork.dev/role";

// What happens to a pod, in this order; the last when it has been deleted.
enum class PodStep { kBind, kRun, kReady, kEnd, kVanish };

struct PodScript {
  enum class Fault {
    kNone,
    kImagePull,     // stays in ErrImagePull, then ImagePullBackOff
    kCrash,         // runs, then ends with `exit_code` and `message`; phase Failed
    kOomKilled,     // runs, then ends with 137, reason OOMKilled; phase Failed
    kNeverReady,    // runs, and its readiness stays False
    kVanish,        // is deleted without a trace once it runs
    kNodeDies,      // once it runs its node turns NotReady, and the pod's readiness with it
    kNeverEnds,     // client or collector: runs for good
    kBadConfig,     // CreateContainerConfigError with `message`
    kEvicted,       // runs, then phase Failed, reason Evicted, with no container status
    kIgnoresDelete  // stays Terminating when deleted
  };
  Fault fault = Fault::kNone;
  int exit_code = 1;
  std::string message;  // of the termination; empty: what the role says by itself
};

// The labels that identify a pod's trial, as the operator writes them.
inline constexpr char kConfigLabel[] = "clockwork.dev/config";
inline constexpr char kTrialLabel[] = "clockwork.dev/trial";
inline constexpr char kAttemptLabel[] = "clockwork.dev/attempt";
inline constexpr char kWorkersLabel[] = "clockwork.dev/workers";

struct PodFacts {
  std::string name_space;
  std::string name;
  std::string role;          // worker, controller, client, collector or figures
  std::int64_t config = -1;  // from the labels above; -1 when the pod does not have it
  std::int64_t trial = -1;
  std::int64_t attempt = -1;
  std::int64_t workers = -1;
  nlohmann::json pod;
};
PodFacts FactsOf(const nlohmann::json& pod);

// The termination message of a pod that ends well by itself: the client's and the collector's.
using PodMessage = std::function<std::string(const PodFacts&)>;

}  // namespace clockwork::testing
