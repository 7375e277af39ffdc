// Which models each GPU holds (spec/controller.md §5.12).

#include <algorithm>

#include "images/controller/core/scheduler.h"

namespace clockwork::controller {

void Scheduler::UpdateLoadOpen(Nanos now_ns, std::size_t g) {
  Gpu& gpu = gpus_[g];
  if (gpu.lost) return;
  const Nanos opens_ns = gpu.load.OpensNs(now_ns, options_.schedule_ahead_ns);
  if (opens_ns > now_ns) {
    load_open_.Erase(g);
    timers_.Set(LoadTimer(g), opens_ns);
    return;
  }
  timers_.Cancel(LoadTimer(g));
  load_open_.Insert(g);
  load_opened_.push_back(g);
}

void Scheduler::Unload(std::size_t g, std::uint32_t m) {
  Model& model = models_[m];
  if (!model.loaded.Contains(g)) return;
  model.loaded.Erase(g);
  --model.copies_loaded;
}

void Scheduler::SendEvict(Nanos now_ns, std::size_t g, std::uint32_t m, Effects* effects) {
  std::int32_t id = 0;
  Action& action = actions_.Add(&id);
  action.kind = ActionKind::kEvict;
  action.gpu = g;
  action.model = m;
  action.sent_ns = now_ns;
  action.requests_queued = models_[m].requests_queued;
  action.copies_loaded = models_[m].copies_loaded + 1;  // as before the eviction

  ActionToSend& send = effects->actions.emplace_back();
  send.kind = ActionKind::kEvict;
  send.worker = gpus_[g].worker;
  send.gpu = gpus_[g].index;
  send.action_id = id;
  send.model_id = m;
  send.latest_ns = UINT64_MAX;
  ++counters_.evictions;
}

bool Scheduler::MakeRoom(Nanos now_ns, std::size_t g, std::int64_t pages, Effects* effects) {
  Gpu& gpu = gpus_[g];
  while (gpu.free_pages < pages) {
    const std::uint32_t victim = tracker_.DecideEvict(g, [&gpu](std::uint32_t m) {
      return std::find(gpu.inflight.begin(), gpu.inflight.end(), m) != gpu.inflight.end();
    });
    if (victim == LoadTracker::kNoModel) return false;
    Unload(g, victim);
    gpu.free_pages += models_[victim].description.weights_pages;
    SendEvict(now_ns, g, victim, effects);
  }
  return true;
}

void Scheduler::SendLoad(Nanos now_ns, std::size_t g, std::uint32_t m, Effects* effects) {
  Gpu& gpu = gpus_[g];
  Model& model = models_[m];
  const Nanos ahead_ns = options_.schedule_ahead_ns;
  const Nanos start_ns = gpu.load.AvailableNs(now_ns);
  const Nanos duration_ns = model.load.Get();

  std::int32_t id = 0;
  Action& action = actions_.Add(&id);
  action.kind = ActionKind::kLoad;
  action.gpu = g;
  action.model = m;
  action.sent_ns = now_ns;
  action.expected_duration_ns = duration_ns;
  action.expected_complete_ns = start_ns + duration_ns;
  action.requests_queued = model.requests_queued;
  action.copies_loaded = model.copies_loaded;

  ActionToSend& send = effects->actions.emplace_back();
  send.kind = ActionKind::kLoad;
  send.worker = gpu.worker;
  send.gpu = gpu.index;
  send.action_id = id;
  send.model_id = m;
  send.earliest_ns = static_cast<std::uint64_t>(now_ns);
  send.latest_ns = static_cast<std::uint64_t>(
      std::max(now_ns + ExecutorTracker::kFutureNs + ahead_ns, start_ns + ahead_ns));
  send.expected_duration_ns = duration_ns;

  gpu.free_pages -= model.description.weights_pages;
  gpu.load.Add(now_ns, id, duration_ns);
  ++counters_.loads;
  UpdateLoadOpen(now_ns, g);
}

bool Scheduler::ScheduleLoad(Nanos now_ns, std::size_t g, Effects* effects) {
  if (!load_open_.Contains(g)) return false;
  const std::uint32_t m = tracker_.DecideLoad(g);
  if (m == LoadTracker::kNoModel) return false;
  if (!MakeRoom(now_ns, g, models_[m].description.weights_pages, effects)) {
    tracker_.LoadFailed(m, g);
    return false;
  }
  SendLoad(now_ns, g, m, effects);
  return true;
}

// Of GPUs that wait already the first place counts: once a GPU has been looked at it is full or has
// all that is wanted.
void Scheduler::ListForLoads(std::size_t g) {
  if (load_listed_.Contains(g)) return;
  load_listed_.Insert(g);
  loading_gpus_.push_back(g);
}

void Scheduler::ScheduleLoads(Nanos now_ns, Effects* effects) {
  // GPUs that opened, and open GPUs that lack a model whose demand changed. Those that opened wait
  // until the list is empty, so that how it is cut into turns changes no order.
  if (loading_gpus_.empty()) {
    for (const std::size_t g : load_opened_) ListForLoads(g);
    load_opened_.clear();
  }
  load_unlisted_.AssignDifference(load_open_, load_listed_);
  for (const std::uint32_t m : new_requests_) {
    if (load_unlisted_.Empty()) break;
    const GpuSet& holders = tracker_.Holders(m);
    std::size_t g = GpuSet::NextInFirstOnly(load_unlisted_, holders, rotation_);
    for (; g != GpuSet::kNone; g = GpuSet::NextInFirstOnly(load_unlisted_, holders, rotation_)) {
      load_unlisted_.Erase(g);
      ListForLoads(g);
    }
  }
  new_requests_.clear();
  std::size_t loads = 0;
  while (!loading_gpus_.empty() && loads < kMaxLoadsPerTurn) {
    const std::size_t g = loading_gpus_.front();
    loading_gpus_.pop_front();
    load_listed_.Erase(g);
    if (loading_gpus_.size() > 1) tracker_.PrefetchGpu(loading_gpus_[1]);
    if (!loading_gpus_.empty()) tracker_.PrefetchLoaded(loading_gpus_.front());
    while (ScheduleLoad(now_ns, g, effects)) ++loads;
  }
}

}  // namespace clockwork::controller
