#pragma once

// The command line of clockwork-operator as values (docs/programs.md lists the options).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::reconcile {

inline constexpr std::int64_t kMaxNamespaces = 64;
inline constexpr std::int64_t kMaxWorkers = 32;

enum class LogFormat { kText, kJson };

struct Options {
  std::string
      kubeconfig;       // empty: KUBECONFIG or ~/.kube/config outside a cluster, else the pod's own
  std::string context;  // of the kubeconfig; empty: its current one
  std::vector<std::string> namespaces;  // to look after; empty: all
  bool watch_nodes = true;              // needs a ClusterRole

  bool leader_elect = false;
  std::string lease_namespace;  // empty: the configuration's own
  std::string lease_name = "clockwork-operator";
  std::string identity;  // of this replica; empty: host name and a random part
  // client-go's numbers (reference: leaderelection.go).
  std::int64_t lease_duration_ms = 15'000;
  std::int64_t renew_deadline_ms = 10'000;
  std::int64_t retry_period_ms = 2'000;

  std::string probe_host = "0.0.0.0";
  std::int64_t probe_port = 8080;  // 0: the system chooses
  std::string ready_file;          // {"port": …} of the probe port, once the caches are filled
  std::string probe_url;           // not empty: ask this and end (probe.h), nothing else

  std::int64_t workers = 4;  // experiments reconciled at once
  // An experiment with a trial under way is read from the server this often, whatever the watches
  // say: an event that is lost holds up a trial for this long and no longer.
  std::int64_t look_again_ms = 15'000;
  // Ends the program when what it watches has not been listed for so long after the start (and is
  // not refused to its role, which is waited for). controller-runtime's number.
  std::int64_t cache_sync_timeout_ms = 120'000;
  std::int64_t requests_per_second = 50;
  std::int64_t burst = 100;
  LogFormat log_format = LogFormat::kText;

  // Where the images come from that an experiment does not name; empty: this release's.
  std::string image_registry;
  std::string image_tag;
};

// Nothing when the program should go on, else the exit code to end with.
std::optional<int> ParseOptions(int argc, const char* const* argv, Options* options);

}  // namespace clockwork::reconcile
