#pragma once

// Keeps idle processors from going to sleep, for a program that must act at a given moment. A
// processor that sleeps has to be woken first; on a virtual machine the host does that when it gets
// to it, which now and then is ten milliseconds later (docs/machine-pauses.md).
//
// It is a request for a wake-up latency of 0 us to Linux's quality of service for power
// management (Documentation/power/pm_qos_interface.rst), the one cyclictest makes. It concerns all
// processors of the machine and ends with the object or the process. Without the rights or the
// device, as in a container, nothing is asked for.

#include <string>

namespace clockwork {

inline constexpr char kLatencyDevice[] = "/dev/cpu_dma_latency";

class AwakeProcessors {
 public:
  // `device` is kLatencyDevice but in tests.
  explicit AwakeProcessors(const char* device = kLatencyDevice);
  ~AwakeProcessors();
  AwakeProcessors(const AwakeProcessors&) = delete;
  AwakeProcessors& operator=(const AwakeProcessors&) = delete;

  // What was had, for the log.
  std::string Describe() const;

 private:
  int fd_ = -1;
};

}  // namespace clockwork
