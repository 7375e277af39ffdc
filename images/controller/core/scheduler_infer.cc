// Which batch runs where (spec/controller.md §5.7–5.10).

#include <algorithm>

#include "images/controller/core/scheduler.h"

namespace clockwork::controller {

bool Scheduler::BestStrategy(std::uint32_t m, std::uint32_t batch_below, Strategy* best) const {
  const Model& model = models_[m];
  bool found = false;
  for (std::size_t i = 0; i < model.batch_sizes.size(); ++i) {
    if (model.batch_sizes[i] >= batch_below || model.queue.Empty(i)) continue;
    const Nanos priority_ns = pool_[model.queue.Front(i)].deadline_ns - model.exec_ns[i];
    const Strategy strategy{priority_ns, model.batch_sizes[i], m};
    if (!found || strategy < *best) *best = strategy;
    found = true;
  }
  return found;
}

void Scheduler::Activate(std::uint32_t m, std::size_t g) {
  Strategy best;
  if (!models_[m].active.Contains(g) && BestStrategy(m, UINT32_MAX, &best)) {
    gpus_[g].strategies.Push(best);
    models_[m].active.Insert(g);
  }
}

void Scheduler::RenewTopStrategy(std::size_t g, std::uint32_t batch_below) {
  StrategyQueue& strategies = gpus_[g].strategies;
  const std::uint32_t m = strategies.Top().model;
  Strategy best;
  if (models_[m].loaded.Contains(g) && BestStrategy(m, batch_below, &best)) {
    strategies.ReplaceTop(best);
  } else {
    strategies.Pop();
    models_[m].active.Erase(g);
  }
}

void Scheduler::ActivateHolders(std::uint32_t m) {
  Model& model = models_[m];
  // Under load they mostly all name it already.
  std::size_t g = GpuSet::NextInFirstOnly(model.loaded, model.active, 0);
  Strategy best;
  if (g == GpuSet::kNone || !BestStrategy(m, UINT32_MAX, &best)) return;
  // Each insertion takes one GPU out of the difference.
  for (; g != GpuSet::kNone; g = GpuSet::NextInFirstOnly(model.loaded, model.active, g)) {
    gpus_[g].strategies.Push(best);
    model.active.Insert(g);
  }
}

void Scheduler::UpdateInferOpen(Nanos now_ns, std::size_t g) {
  Gpu& gpu = gpus_[g];
  if (gpu.lost) return;
  const Nanos opens_ns = gpu.infer.OpensNs(now_ns, options_.schedule_ahead_ns);
  if (opens_ns > now_ns) {
    infer_open_.Erase(g);
    timers_.Set(InferTimer(g), opens_ns);
    return;
  }
  timers_.Cancel(InferTimer(g));
  if (!infer_open_.Contains(g)) {
    infer_open_.Insert(g);
    infer_opened_.push_back(g);
  }
}

void Scheduler::PopHopeless(Model& model, Nanos free_ns, std::uint64_t clock) {
  for (std::size_t i = 0; i < model.batch_sizes.size(); ++i) {
    const Nanos end_ns = free_ns + model.ExecNs(i, clock);
    while (!model.queue.Empty(i)) {
      const Request& front = pool_[model.queue.Front(i)];
      if (!front.answered && front.deadline_ns >= end_ns) break;
      model.queue.PopFront(i);
    }
  }
}

bool Scheduler::Dequeue(std::uint32_t m, Nanos free_ns, std::uint64_t clock,
                        std::uint32_t min_batch, std::size_t* batch_index) {
  Model& model = models_[m];
  model.queue.Prefetch(pool_, 0, model.largest_batch);
  const std::uint64_t length_before = model.queue.Length(0);
  PopHopeless(model, free_ns, clock);
  std::size_t i = 0;
  while (i + 1 < model.batch_sizes.size() &&
         model.queue.Length(i + 1) >= model.batch_sizes[i + 1]) {
    ++i;
  }
  // Requests answered in the middle of a queue do not count; they are rare (mixed SLOs).
  std::uint64_t end = 0;
  while (model.queue.Find(pool_, i, model.batch_sizes[i], &batch_, &end) < model.batch_sizes[i]) {
    if (i == 0) return false;
    --i;
  }
  if (model.batch_sizes[i] < min_batch) return false;
  model.queue.DropBefore(end);
  PopAnswered(&model.queue);
  model.requests_queued -= static_cast<std::int64_t>(length_before - model.queue.Length(0));
  *batch_index = i;
  return true;
}

bool Scheduler::ScheduleInfer(Nanos now_ns, std::size_t g, Effects* effects) {
  if (!infer_open_.Contains(g)) return false;
  Gpu& gpu = gpus_[g];
  gpu.strategies.Prefetch();
  const Nanos exec_ns = gpu.infer.AvailableNs(now_ns);
  while (!gpu.strategies.Empty()) {
    const std::uint32_t m = gpu.strategies.Top().model;
    const std::uint32_t batch_size = gpu.strategies.Top().batch_size;
    bool got = false;
    tracker_.PrefetchUse(m, g);
    if (models_[m].loaded.Contains(g)) {
      std::size_t batch_index = 0;
      got = Dequeue(m, exec_ns, gpu.infer.clock(), batch_size, &batch_index);
      if (got) SendInfer(now_ns, g, m, batch_index, exec_ns, effects);
      models_[m].queue.Trim(pool_);
    }
    RenewTopStrategy(g, got ? UINT32_MAX : batch_size);
    if (got) return true;
  }
  return false;
}

void Scheduler::AppendInputs(const Model& model, ActionToSend* send, Effects* effects) const {
  send->first_input = static_cast<std::uint32_t>(effects->input_sizes.size());
  send->inputs_begin = effects->inputs.size();
  for (const RequestIndex index : batch_) {
    std::string_view input = pool_.Input(index);
    if (input.empty() && options_.generate_inputs && model.description.generated_input) {
      input = *model.description.generated_input;
    }
    effects->input_sizes.push_back(static_cast<std::uint32_t>(input.size()));
    effects->inputs.append(input);
  }
  send->inputs_end = effects->inputs.size();
}

void Scheduler::SendInfer(Nanos now_ns, std::size_t g, std::uint32_t m, std::size_t batch_index,
                          Nanos exec_ns, Effects* effects) {
  Gpu& gpu = gpus_[g];
  Model& model = models_[m];
  const Nanos duration_ns = model.ExecNs(batch_index, gpu.infer.clock());
  const Nanos ahead_ns = options_.schedule_ahead_ns;
  const Nanos latest_ns =
      std::max(now_ns + ExecutorTracker::kFutureNs + ahead_ns, exec_ns + ahead_ns);

  std::int32_t id = 0;
  Action& action = actions_.Add(&id);
  action.kind = ActionKind::kInfer;
  action.gpu = g;
  action.model = m;
  action.batch_index = batch_index;
  action.requests = batch_;
  action.sent_ns = now_ns;
  action.expected_duration_ns = duration_ns;
  action.expected_complete_ns = exec_ns + duration_ns;
  action.expected_clock = gpu.infer.clock();
  action.report_error_ns = latest_ns + duration_ns;
  action.requests_queued = model.requests_queued;
  action.copies_loaded = model.copies_loaded;

  ActionToSend& send = effects->actions.emplace_back();
  send.kind = ActionKind::kInfer;
  send.worker = gpu.worker;
  send.gpu = gpu.index;
  send.action_id = id;
  send.model_id = m;
  send.earliest_ns = static_cast<std::uint64_t>(now_ns);
  send.latest_ns = static_cast<std::uint64_t>(latest_ns);
  send.expected_duration_ns = duration_ns;
  send.send_by_ns = std::max(now_ns + ExecutorTracker::kFutureNs, latest_ns - kSendSlackNs);
  send.batch_size = static_cast<std::uint32_t>(batch_.size());
  AppendInputs(model, &send, effects);

  for (const RequestIndex index : batch_) {
    pool_[index].in_action = true;
    tracker_.LoadDemandDone(m, pool_[index].load_demand_ns);
  }
  tracker_.Used(m, g);
  gpu.infer.Add(now_ns, id, duration_ns);
  gpu.inflight.push_back(m);
  ++counters_.infers;
  UpdateInferOpen(now_ns, g);
}

void Scheduler::ScheduleInfers(Nanos now_ns, Effects* effects) {
  // A GPU that opened looks at everything it holds. By index: scheduling may open a GPU, which
  // appends to the list.
  // NOLINTNEXTLINE(modernize-loop-convert)
  for (std::size_t i = 0; i < infer_opened_.size(); ++i) {
    if (i + 1 < infer_opened_.size()) gpus_[infer_opened_[i + 1]].strategies.Prefetch();
    while (ScheduleInfer(now_ns, infer_opened_[i], effects)) {
    }
  }
  infer_opened_.clear();
  // An open GPU has nothing left to do, so a model with new requests needs one that holds it; they
  // take turns.
  for (std::size_t i = 0; i < new_requests_.size(); ++i) {
    PrefetchNewRequests(i);
    const std::uint32_t m = new_requests_[i];
    Model& model = models_[m];
    model.has_new_requests = false;
    while (!model.queue.Empty(0)) {
      const std::size_t g = GpuSet::NextInBoth(infer_open_, model.loaded, rotation_);
      if (g == GpuSet::kNone) break;
      rotation_ = (g + 1) % gpus_.size();
      Activate(m, g);
      if (!ScheduleInfer(now_ns, g, effects)) break;
    }
    ActivateHolders(m);
  }
}

}  // namespace clockwork::controller
