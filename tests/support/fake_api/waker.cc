#include "tests/support/fake_api/waker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace clockwork::testing {

Waker::Waker() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) std::abort();
}

Waker::~Waker() { close(fd_); }

void Waker::Wake() const {
  const std::uint64_t one = 1;
  // The counter cannot overflow in a test's life; a full one would be readable anyway.
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof(one));
}

void Waker::Clear() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(fd_, &count, sizeof(count));
}

}  // namespace clockwork::testing
