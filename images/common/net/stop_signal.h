#pragma once

// SIGINT and SIGTERM as a readable descriptor. Create before any thread starts; afterwards the
// signals no longer end the process by themselves. SIGPIPE and SIGXFSZ are ignored as well.

#include <memory>

#include "images/common/base/result.h"
#include "images/common/net/event_loop.h"

namespace clockwork::net {

class StopSignal : public FdHandler {
 public:
  static Result<std::unique_ptr<StopSignal>> Create();
  ~StopSignal() override;
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int fd() const { return fd_; }
  // True once a signal has been taken from the descriptor, by OnReady or by Poll.
  bool requested() const { return number_ != 0; }
  // SIGINT or SIGTERM once requested, else 0.
  int number() const { return number_; }
  // Looks without waiting; for use outside an event loop.
  bool Poll();

  void OnReady(bool readable, bool writable) override;

 private:
  explicit StopSignal(int fd) : fd_(fd) {}

  const int fd_;
  int number_ = 0;
};

}  // namespace clockwork::net
