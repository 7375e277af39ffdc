#pragma once

// The worker's configuration file (spec/worker.md §4.2): libconfig syntax, a group `WorkerConfig`
// with any subset of the known settings. Whole numbers may, but need not, carry the suffix L.
//
//   WorkerConfig = {
//     memory_settings = { weights_cache_size = 23085449216L; weights_cache_page_size = 16777216; };
//     allow_zero_size_inputs = true;
//   };

#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/worker_dummy/core/worker_config.h"

namespace clockwork::worker {

struct ConfigOverrides {
  WorkerConfig config;
  std::vector<std::string> announcements;  // "memory_settings.io_pool_size = 1024", one per setting
};

// `defaults` with what the text overrides. Unknown settings, wrong types and impossible sizes are
// usage errors that name `path`, the line and the setting.
Result<ConfigOverrides> ParseWorkerConfig(const std::string& path, const std::string& text,
                                          const WorkerConfig& defaults);

// The same for a file; one that cannot be read is a usage error.
Result<ConfigOverrides> ReadWorkerConfig(const std::string& path, const WorkerConfig& defaults);

}  // namespace clockwork::worker
