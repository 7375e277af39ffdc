#include "images/common/base/awake_processors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>

namespace clockwork {

AwakeProcessors::AwakeProcessors(const char* device) : fd_(::open(device, O_WRONLY | O_CLOEXEC)) {
  constexpr std::int32_t kLatencyUs = 0;
  if (fd_ < 0 || ::write(fd_, &kLatencyUs, sizeof(kLatencyUs)) == sizeof(kLatencyUs)) return;
  ::close(fd_);
  fd_ = -1;
}

AwakeProcessors::~AwakeProcessors() {
  if (fd_ >= 0) ::close(fd_);
}

std::string AwakeProcessors::Describe() const {
  return fd_ >= 0
             ? "idle processors stay awake"
             : "idle processors may sleep (/dev/cpu_dma_latency is not there, or not permitted)";
}

}  // namespace clockwork
