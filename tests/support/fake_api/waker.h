#pragma once

// Wakes a thread that waits in poll(). Thread-safe.

namespace clockwork::testing {

class Waker {
 public:
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  void Wake() const;
  // Readable after Wake, until Clear.
  int fd() const { return fd_; }
  void Clear() const;

 private:
  int fd_;
};

}  // namespace clockwork::testing
