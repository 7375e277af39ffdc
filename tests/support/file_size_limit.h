#pragma once

// Files of this process cannot grow beyond a size, much as on a full disk, until Lift or the end.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

namespace clockwork::testing {

class FileSizeLimit {
 public:
  FileSizeLimit() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    Lift();
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  void Set(rlim_t bytes) const {
    const rlimit limit = {bytes, before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  void Lift() const { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_ = {};
  void (*handler_)(int) = nullptr;
};

}  // namespace clockwork::testing
