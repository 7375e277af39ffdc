#pragma once

// For tests of threads: waits for a condition that other threads bring about. Any thread.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "operator/kube/operator_log.h"
#include "tests/support/process.h"

namespace clockwork::kube::testing {

// A value that threads share: changed under a lock, waited for with a deadline that only a broken
// run reaches.
template <typename T>
class Shared {
 public:
  void Change(const std::function<void(T&)>& change) {
    {
      const std::scoped_lock lock(mutex_);
      change(value_);
    }
    changed_.notify_all();
  }
  T Get() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }
  bool WaitFor(const std::function<bool(const T&)>& holds) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, clockwork::testing::kPatience, [&] { return holds(value_); });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  T value_{};
};

// Keeps the messages, without fields.
class KeptLog : public OperatorLog {
 public:
  void Write(LogLevel, std::string_view message, std::span<const LogField>) override {
    lines.Change([&](auto& kept) { kept.emplace_back(message); });
  }

  Shared<std::vector<std::string>> lines;
};

}  // namespace clockwork::kube::testing
