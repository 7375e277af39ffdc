#pragma once

// Where the bytes of an answer go as they arrive, between the threads of the HTTP library and the
// one thread that waits for them: a whole body, or lines with back-pressure. Thread-safe.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "operator/kube/transport.h"

namespace clockwork::kube {

enum class Taken {
  kAll,      // go on
  kFull,     // all were taken, but bring no more before `resume` was called
  kRefused,  // over a limit, or nobody waits any more: give up
};

class AnswerBuffer {
 public:
  virtual ~AnswerBuffer() = default;
  // `resume` is kept only with kFull; it is called once, from the reading thread or from Finish.
  virtual Taken Put(std::string_view bytes, std::function<void()> resume) = 0;
  // The end, in order or with an error. The first call counts.
  virtual void Finish(std::optional<ApiError> error) = 0;
};

class BodyBuffer final : public AnswerBuffer {
 public:
  explicit BodyBuffer(std::size_t max_bytes) : max_bytes_(max_bytes) {}
  Taken Put(std::string_view bytes, std::function<void()> resume) override;
  void Finish(std::optional<ApiError> error) override;
  // The body, once it is whole; kTimeout when it is not within `limit_ns`.
  Outcome<std::string> Wait(Nanos limit_ns);

 private:
  const std::size_t max_bytes_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable finished_;
  std::string body_;
  std::optional<ApiError> error_;
  bool ended_ = false;
};

// A reader that falls behind stops the sender at kMaxQueuedBytes instead of filling the memory.
class LineBuffer final : public AnswerBuffer {
 public:
  LineBuffer() = default;
  LineBuffer(std::size_t max_queued_bytes, std::size_t max_line_bytes)
      : max_queued_bytes_(max_queued_bytes), max_line_bytes_(max_line_bytes) {}
  Taken Put(std::string_view bytes, std::function<void()> resume) override;
  void Finish(std::optional<ApiError> error) override;
  // As LineStream::Next. What is queued is delivered before the end, except after Cancel.
  Outcome<std::optional<std::string>> Next(Nanos idle_limit_ns);
  // Wakes the reader, for good.
  void Cancel();
  // Everything that is still to come, line ends included, up to `max_bytes`: for an answer that
  // turned out not to be a stream. What came until an error or `limit_ns`.
  std::string Rest(std::size_t max_bytes, Nanos limit_ns);

  static constexpr std::size_t kMaxQueuedBytes = 4U << 20;

 private:
  // Requires the lock. The function to call after it is released.
  std::function<void()> TakeResume();

  const std::size_t max_queued_bytes_ = kMaxQueuedBytes;
  const std::size_t max_line_bytes_ = kMaxLineBytes;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  std::size_t queued_bytes_ = 0;  // of lines_
  std::string partial_;
  std::function<void()> resume_;
  std::optional<ApiError> error_;
  bool ended_ = false;
  bool cancelled_ = false;
};

}  // namespace clockwork::kube
