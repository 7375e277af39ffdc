#include "images/common/base/scheduling.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace clockwork {
namespace {

// What sched_setattr takes; the C library of Debian 12 does not declare it.
struct SchedulingAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime_ns;
  std::uint64_t deadline_ns;
  std::uint64_t period_ns;
};

// The shortest slice that Linux accepts. Kernels before 6.12 ignore it.
constexpr std::uint64_t kSliceNs = 100'000;
// Precedence of a server over ordinary programs, which have 0; the most is -20.
constexpr std::int32_t kPromptNice = -10;

bool SetOrdinary(std::int32_t nice) {
  SchedulingAttributes attributes{};
  attributes.size = sizeof(attributes);
  attributes.policy = SCHED_OTHER;
  attributes.nice = nice;
  attributes.runtime_ns = kSliceNs;
  return ::syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

}  // namespace

std::string RequestRealTime() {
  // Round robin among equals, so that two clients on one processor share it.
  sched_param parameter{};
  parameter.sched_priority = ::sched_get_priority_min(SCHED_RR);
  if (::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameter) == 0) {
    return "real-time scheduling";
  }
  if (SetOrdinary(0)) {
    return "ordinary scheduling in short slices (real-time scheduling is not permitted)";
  }
  return "ordinary scheduling (real-time scheduling is not permitted)";
}

std::string RequestPromptWakeups() {
  if (SetOrdinary(kPromptNice)) return "precedence over ordinary programs, in short slices";
  if (SetOrdinary(0)) return "ordinary scheduling in short slices (precedence is not permitted)";
  return "ordinary scheduling (nothing else is permitted)";
}

}  // namespace clockwork
