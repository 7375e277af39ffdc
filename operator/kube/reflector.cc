#include "operator/kube/reflector.h"

#include <chrono>
#include <utility>

#include "images/common/base/clock.h"

namespace clockwork::kube {
namespace {

ReflectorOptions WithDefaults(ReflectorOptions options) {
  if (!options.random) options.random = SystemRandom();
  if (!options.now) options.now = NowNs;
  return options;
}

bool IsRefusal(const std::optional<ApiError>& trouble) {
  return trouble && trouble->failure == Failure::kForbidden;
}

}  // namespace

Reflector::Reflector(ReflectorOptions options, ListWatcher* source, Store* store,
                     ChangeHandler handler, OperatorLog* log)
    : options_(WithDefaults(std::move(options))),
      source_(source),
      store_(store),
      handler_(std::move(handler)),
      log_(log),
      state_(options_.random, options_.backoff) {}

Reflector::~Reflector() { Stop(); }

void Reflector::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Reflector::Stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    if (open_stream_ != nullptr) open_stream_->Cancel();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Reflector::HasSynced() const {
  const std::scoped_lock lock(mutex_);
  return synced_;
}

bool Reflector::WaitForSync(Nanos patience_ns) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::nanoseconds(patience_ns),
                    [this] { return synced_ || stopping_; });
  return synced_;
}

std::optional<ApiError> Reflector::trouble() const {
  const std::scoped_lock lock(mutex_);
  return trouble_;
}

ReflectorCounters Reflector::counters() const {
  const std::scoped_lock lock(mutex_);
  return counters_;
}

void Reflector::Run() {
  while (WaitUntil(state_.next().not_before_ns)) {
    const ReflectorStep step = state_.next();
    if (step.action == ReflectorStep::Action::kList) {
      ListOnce();
    } else {
      WatchOnce(step);
    }
  }
}

void Reflector::ListOnce() {
  Outcome<ObjectList> list = source_->List();
  if (Stopping()) return;
  if (list.ok() && list->items.size() > options_.max_objects)
    list = TooManyObjects(options_.name, options_.max_objects);
  if (!list.ok()) {
    state_.OnListFailed(options_.now(), list.error());
    return Publish();
  }
  for (const Change& change : store_->Replace(std::move(list->items))) Handle(change);
  state_.OnListed(options_.now(), std::move(list->resource_version));
  {
    const std::scoped_lock lock(mutex_);
    synced_ = true;
  }
  changed_.notify_all();
  Publish();
}

void Reflector::WatchOnce(const ReflectorStep& step) {
  auto opened = source_->Watch(step.resource_version, step.timeout_seconds);
  if (!opened.ok()) {
    if (Stopping()) return;
    state_.OnWatchNotOpened(options_.now(), opened.error());
    return Publish();
  }
  state_.OnWatchOpened(options_.now());
  Publish();
  const std::unique_ptr<LineStream> stream = std::move(*opened);
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    open_stream_ = stream.get();
  }
  const std::optional<ApiError> error = ReadStream(stream.get());
  {
    const std::scoped_lock lock(mutex_);
    open_stream_ = nullptr;
    if (stopping_) return;
  }
  state_.OnWatchEnded(options_.now(), error);
  Publish();
}

std::optional<ApiError> Reflector::ReadStream(LineStream* stream) {
  while (true) {
    Outcome<std::optional<std::string>> line = stream->Next();
    if (!line.ok()) return line.error();
    if (!line->has_value()) return std::nullopt;
    if ((*line)->empty()) continue;
    Outcome<std::optional<WatchEvent>> event = DecodeWatchLine(**line);
    if (!event.ok()) return event.error();
    if (!event->has_value()) continue;
    if (auto error = Apply(std::move(**event))) return error;
  }
}

std::optional<ApiError> Reflector::Apply(WatchEvent event) {
  std::string version = MetadataText(event.object, "resourceVersion");
  std::optional<Change> change;
  switch (event.type) {
    case WatchEventType::kAdded:
    case WatchEventType::kModified:
      change = store_->Upsert(std::move(event.object));
      break;
    case WatchEventType::kDeleted:
      change = store_->Remove(event.object);
      break;
    case WatchEventType::kBookmark:
      break;
  }
  if (change) Handle(*change);
  state_.OnEvent(options_.now(), event.type == WatchEventType::kBookmark, std::move(version));
  Publish();
  if (store_->size() <= options_.max_objects) return std::nullopt;
  return TooManyObjects(options_.name, options_.max_objects);
}

void Reflector::Handle(const Change& change) {
  if (handler_) handler_(change);
}

void Reflector::Publish() {
  bool permission_changed = false;
  {
    const std::scoped_lock lock(mutex_);
    counters_ = state_.counters();
    permission_changed = IsRefusal(trouble_) != IsRefusal(state_.trouble());
    trouble_ = state_.trouble();
  }
  // Whoever reads of it in the log can ask for more.
  if (const std::optional<OutageNotice> notice = state_.TakeNotice()) Tell(*notice);
  if (permission_changed && options_.on_permission) options_.on_permission();
}

void Reflector::Tell(const OutageNotice& notice) {
  const std::string who = "watch of " + options_.name;
  // What is refused to this watch alone is its own matter.
  if (notice.began && options_.outages != nullptr && IsOutage(notice.error.failure)) {
    shared_outage_ = true;
    return options_.outages->Began(who, notice.error);
  }
  if (!notice.began && std::exchange(shared_outage_, false)) return options_.outages->Ended(who);
  if (notice.began) {
    log_->Warning(IsRefusal(notice.error) ? "not allowed to list or watch, trying again; grant the "
                                            "operator's role what the error names"
                                          : "watch lost, trying again",
                  {{"kind", options_.name}, {"error", Describe(notice.error)}});
  } else {
    log_->Info("watch is back", {{"kind", options_.name},
                                 {"after_ms", std::to_string(notice.duration_ns / kMillisecond)},
                                 {"failed_tries", std::to_string(notice.failed_tries)}});
  }
}

bool Reflector::Stopping() const {
  const std::scoped_lock lock(mutex_);
  return stopping_;
}

bool Reflector::WaitUntil(Nanos not_before_ns) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Nanos now_ns = options_.now();
    if (now_ns >= not_before_ns) return true;
    changed_.wait_for(lock, std::chrono::nanoseconds(not_before_ns - now_ns));
  }
  return false;
}

}  // namespace clockwork::kube
