#pragma once

// What this process takes from its machine, under the names of every Prometheus client library.

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace clockwork::kube {

// process_{cpu_seconds_total,resident_memory_bytes,virtual_memory_bytes,open_fds,max_fds,
// start_time_seconds,threads} of this process, from /proc/self. Update before each rendering.
class ProcessMetrics {
 public:
  explicit ProcessMetrics(prometheus::Registry* registry);
  void Update();

 private:
  prometheus::Counter* cpu_seconds_;
  prometheus::Gauge* resident_bytes_;
  prometheus::Gauge* virtual_bytes_;
  prometheus::Gauge* open_fds_;
  prometheus::Gauge* max_fds_;
  prometheus::Gauge* start_time_seconds_;
  prometheus::Gauge* threads_;
};

}  // namespace clockwork::kube
