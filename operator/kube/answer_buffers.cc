#include "operator/kube/answer_buffers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace clockwork::kube {
namespace {

ApiError Over(const char* what, std::size_t limit) {
  return LocalError(Failure::kMalformed, fmt::format("{} is longer than {} bytes", what, limit));
}

ApiError Cancelled() { return LocalError(Failure::kCancelled, "the stream was cancelled"); }

ApiError Silent(Nanos limit_ns) {
  return LocalError(Failure::kTimeout,
                    fmt::format("nothing whole came for {} ms", limit_ns / kMillisecond));
}

}  // namespace

Taken BodyBuffer::Put(std::string_view bytes, std::function<void()> /*resume*/) {
  const std::lock_guard lock(mutex_);
  if (ended_) return Taken::kRefused;
  if (bytes.size() > max_bytes_ - body_.size()) {
    error_ = Over("the answer", max_bytes_);
    ended_ = true;
    finished_.notify_all();
    return Taken::kRefused;
  }
  body_.append(bytes);
  return Taken::kAll;
}

void BodyBuffer::Finish(std::optional<ApiError> error) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  error_ = std::move(error);
  ended_ = true;
  finished_.notify_all();
}

Outcome<std::string> BodyBuffer::Wait(Nanos limit_ns) {
  std::unique_lock lock(mutex_);
  if (!finished_.wait_for(lock, std::chrono::nanoseconds(limit_ns), [this] { return ended_; }))
    return Silent(limit_ns);
  if (error_) return *error_;
  return std::move(body_);
}

std::function<void()> LineBuffer::TakeResume() { return std::exchange(resume_, nullptr); }

Taken LineBuffer::Put(std::string_view bytes, std::function<void()> resume) {
  const std::lock_guard lock(mutex_);
  if (ended_ || cancelled_) return Taken::kRefused;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (piece.size() > max_line_bytes_ - partial_.size()) {
      error_ = Over("a line of the stream", max_line_bytes_);
      ended_ = true;
      break;
    }
    partial_.append(piece);
    if (end == std::string_view::npos) break;
    queued_bytes_ += partial_.size();
    lines_.push_back(std::exchange(partial_, {}));
    bytes.remove_prefix(end + 1);
  }
  changed_.notify_all();
  if (ended_) return Taken::kRefused;
  // A line that is not whole yet is not held against the queue: only more bytes make it whole.
  if (queued_bytes_ <= max_queued_bytes_) return Taken::kAll;
  resume_ = std::move(resume);
  return Taken::kFull;
}

void LineBuffer::Finish(std::optional<ApiError> error) {
  std::function<void()> resume;
  {
    const std::lock_guard lock(mutex_);
    if (error && error->failure == Failure::kCancelled) cancelled_ = true;
    if (!ended_) error_ = std::move(error);
    ended_ = true;
    resume = TakeResume();
    changed_.notify_all();
  }
  if (resume) resume();
}

void LineBuffer::Cancel() {
  std::function<void()> resume;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    resume = TakeResume();
    changed_.notify_all();
  }
  if (resume) resume();
}

Outcome<std::optional<std::string>> LineBuffer::Next(Nanos idle_limit_ns) {
  std::function<void()> resume;
  std::string line;
  {
    std::unique_lock lock(mutex_);
    const bool woken = changed_.wait_for(lock, std::chrono::nanoseconds(idle_limit_ns), [this] {
      return cancelled_ || ended_ || !lines_.empty();
    });
    if (cancelled_) return Cancelled();
    if (!woken) return Silent(idle_limit_ns);
    if (lines_.empty()) {
      if (error_) return *error_;
      if (partial_.empty()) return std::optional<std::string>();
      return LocalError(Failure::kCut, "the stream ended in the middle of a line");
    }
    line = std::move(lines_.front());
    lines_.pop_front();
    queued_bytes_ -= line.size();
    // Half empty before more is asked for, so that the sender is not stopped for every line.
    if (queued_bytes_ <= max_queued_bytes_ / 2) resume = TakeResume();
  }
  if (resume) resume();
  return std::optional<std::string>(std::move(line));
}

std::string LineBuffer::Rest(std::size_t max_bytes, Nanos limit_ns) {
  std::string rest;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::nanoseconds(limit_ns);
  while (rest.size() < max_bytes) {
    const std::chrono::nanoseconds left = deadline - std::chrono::steady_clock::now();
    auto line = Next(left.count());
    if (!line.ok() || !*line) break;
    rest += **line + "\n";
  }
  const std::lock_guard lock(mutex_);
  if (rest.size() < max_bytes) rest += partial_;
  rest.resize(std::min(rest.size(), max_bytes));
  return rest;
}

}  // namespace clockwork::kube
