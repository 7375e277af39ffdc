#include "images/client/open_loop.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

namespace clockwork::client {

OpenLoop::OpenLoop(const Parts& parts, Nanos drain_ns, EverySecond every_second)
    : parts_(parts), drain_ns_(drain_ns), every_second_(std::move(every_second)) {
  input_of_model_.reserve(parts_.models->size());
  for (const LoadedModel& model : *parts_.models) {
    const auto input = parts_.inputs->find(model.input_bytes);
    input_of_model_.push_back(input == parts_.inputs->end() ? std::string_view() : input->second);
  }
  parts_.link->SetListener(this);
}

OpenLoop::~OpenLoop() { parts_.link->SetListener(nullptr); }

Nanos OpenLoop::Run() {
  start_ns_ = parts_.loop->RefreshNow();
  end_ns_ = start_ns_ + parts_.workload->schedule().TotalNs();
  next_report_ns_ = start_ns_ + kSecond;
  while (!Finished(parts_.loop->now_ns())) {
    const bool backlog = EncodeDue(parts_.loop->now_ns());
    parts_.loop->FlushAll();
    BookWritten(parts_.loop->RefreshNow());
    if (parts_.loop->now_ns() >= next_report_ns_) {
      every_second_(parts_.loop->now_ns() - start_ns_);
      next_report_ns_ += kSecond;
    }
    if (!backlog) Pause();
    turn_ns_ = parts_.loop->RefreshNow();
    parts_.loop->RunOnce(NextWakeNs());
    BookWritten(parts_.loop->now_ns());
  }
  const Nanos now_ns = parts_.loop->now_ns();
  BookUnsent(now_ns);
  parts_.ledger->Close();
  return std::min(now_ns, end_ns_) - start_ns_;
}

bool OpenLoop::Finished(Nanos now_ns) const {
  if (parts_.link->lost() || parts_.stop->requested()) return true;
  if (now_ns < end_ns_) return false;
  if (now_ns >= end_ns_ + drain_ns_) return true;
  return parts_.workload->NextNs() == kNever && queue_.empty() && parts_.ledger->outstanding() == 0;
}

bool OpenLoop::Blocked() const {
  return parts_.link->bytes_queued() - parts_.link->bytes_written() >= kMaxSendBufferBytes;
}

Nanos OpenLoop::NextWakeNs() const {
  const Nanos now_ns = parts_.loop->now_ns();
  Nanos wake_ns = std::min(next_report_ns_, now_ns < end_ns_ ? end_ns_ : end_ns_ + drain_ns_);
  if (parts_.workload->NextNs() != kNever && !Blocked()) {
    wake_ns = std::min(wake_ns, start_ns_ + parts_.workload->NextNs());
  }
  return wake_ns;
}

void OpenLoop::Pause() {
  const Nanos wake_ns = std::clamp(NextWakeNs(), turn_ns_ + kMinTurnNs, turn_ns_ + 2 * kMinTurnNs);
  const Nanos pause_ns = wake_ns - parts_.loop->now_ns();
  if (pause_ns > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(pause_ns));
}

bool OpenLoop::EncodeDue(Nanos now_ns) {
  const Nanos elapsed_ns = now_ns - start_ns_;
  for (std::size_t i = 0; i < kMaxBurst; ++i) {
    if (parts_.workload->NextNs() > elapsed_ns || parts_.link->lost() || Blocked()) {
      return false;
    }
    const ScheduledRequest request = parts_.workload->Pop();
    const std::uint32_t id = parts_.link->SendInference(
        request.user_id, (*parts_.models)[request.model].model_id, input_of_model_[request.model]);
    queue_.push_back({parts_.link->bytes_queued(), start_ns_ + request.time_ns, id, request.step});
  }
  return true;
}

void OpenLoop::BookWritten(Nanos now_ns) {
  const std::uint64_t written = parts_.link->bytes_written();
  while (queue_begin_ < queue_.size() && queue_[queue_begin_].end_byte <= written) {
    const Queued& queued = queue_[queue_begin_++];
    parts_.ledger->OnSent(queued.id, queued.step, queued.scheduled_ns, now_ns);
  }
  if (queue_begin_ == queue_.size()) {
    queue_.clear();
    queue_begin_ = 0;
  } else if (queue_begin_ > queue_.size() / 2) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(queue_begin_));
    queue_begin_ = 0;
  }
}

void OpenLoop::BookUnsent(Nanos now_ns) {
  for (; queue_begin_ < queue_.size(); ++queue_begin_) {
    const Queued& queued = queue_[queue_begin_];
    parts_.ledger->OnUnsent(queued.step, queued.scheduled_ns, now_ns);
  }
  // Of the schedule, only what was due: a run that was cut short does not owe the rest.
  for (std::size_t i = 0; i < kMaxUnsentCounted; ++i) {
    if (parts_.workload->NextNs() > now_ns - start_ns_) return;
    const ScheduledRequest request = parts_.workload->Pop();
    parts_.ledger->OnUnsent(request.step, start_ns_ + request.time_ns, now_ns);
  }
}

void OpenLoop::OnInference(std::uint32_t id, std::int32_t status, Nanos received_ns) {
  // The answer may arrive in the very turn in which the last bytes of its request left.
  if (!queue_.empty()) BookWritten(received_ns);
  parts_.ledger->OnAnswer(id, status, received_ns);
}

}  // namespace clockwork::client
