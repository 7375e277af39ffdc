#include "operator/kube/event_recorder.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "images/common/base/clock.h"

namespace clockwork::kube {

EventRecorder::EventRecorder(EventRecorderOptions options, EventSink* sink)
    : options_(std::move(options)), sink_(sink) {
  if (!options_.random) options_.random = SystemRandom();
  if (!options_.wall) options_.wall = NowNs;
}

EventRecorder::~EventRecorder() { Stop(0); }

void EventRecorder::Start() {
  thread_ = std::thread([this] { Run(); });
}

void EventRecorder::Record(HappenedEvent event) {
  {
    const std::scoped_lock lock(mutex_);
    ++counters_.recorded;
    if (stopping_ || queue_.size() >= kMaxQueuedEvents) {
      ++counters_.dropped;
      return;
    }
    queue_.push_back({std::move(event), options_.wall()});
  }
  changed_.notify_all();
}

void EventRecorder::Stop(Nanos flush_ns) {
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) flush_until_ns_ = NowNs() + flush_ns;
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  const std::scoped_lock lock(mutex_);
  counters_.dropped += queue_.size();
  queue_.clear();
}

EventCounters EventRecorder::counters() const {
  const std::scoped_lock lock(mutex_);
  return counters_;
}

void EventRecorder::Run() {
  while (std::optional<Queued> next = Take()) {
    const auto write = correlator_.OnEvent(next->wall_ns, std::move(next->event));
    if (write) {
      Write(*write);
    } else {
      Count(&EventCounters::suppressed);
    }
  }
}

std::optional<EventRecorder::Queued> EventRecorder::Take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (queue_.empty() || (stopping_ && NowNs() >= flush_until_ns_)) return std::nullopt;
  Queued next = std::move(queue_.front());
  queue_.pop_front();
  return next;
}

void EventRecorder::Write(const EventWrite& write) {
  Backoff backoff(options_.retry, options_.random);
  for (int tries = 1;; ++tries) {
    const Outcome<std::int64_t> count =
        WriteEvent(sink_, write, options_.component, options_.instance);
    if (count.ok()) {
      correlator_.Adopt(write, *count);
      refused_ = false;
      return Count(&EventCounters::written);
    }
    // What is refused once is refused again; a namespace that goes takes its Events along.
    if (!IsTransient(count.error().failure) || tries == kEventTries) {
      TellRefusal(count.error());
      return Count(&EventCounters::failed);
    }
    const Nanos wait_ns = std::max(backoff.OnFailure(NowNs()), count.error().retry_after_ns);
    if (!WaitFor(std::min(wait_ns, kMaxEventWaitNs))) return Count(&EventCounters::dropped);
  }
}

void EventRecorder::TellRefusal(const ApiError& error) {
  // A namespace that is being deleted takes no Events, and answers with the same code.
  const bool lacks_permission =
      error.failure == Failure::kForbidden && error.message.find(" cannot ") != std::string::npos;
  if (options_.log == nullptr || !lacks_permission || std::exchange(refused_, true)) return;
  options_.log->Warning(
      "Events cannot be written and are dropped; grant the operator's role what the error names",
      {{"error", Describe(error)}});
}

bool EventRecorder::WaitFor(Nanos wait_ns) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::nanoseconds(wait_ns), [this] { return stopping_; });
}

void EventRecorder::Count(std::uint64_t EventCounters::*counter) {
  const std::scoped_lock lock(mutex_);
  ++(counters_.*counter);
}

}  // namespace clockwork::kube
