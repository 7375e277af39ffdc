// Results of actions (spec/controller.md §5.11) and their telemetry rows (spec/telemetry.md §2.3).

#include <fmt/format.h>

#include <algorithm>

#include "images/controller/core/scheduler.h"

namespace clockwork::controller {
namespace {

// A worker may report any 64 bits; bounded, so that sums and differences stay defined.
Nanos Point(std::uint64_t time_ns) {
  return static_cast<Nanos>(std::min(time_ns, static_cast<std::uint64_t>(kNever / 2)));
}
Nanos Span(std::uint64_t duration_ns) {
  return static_cast<Nanos>(std::min(duration_ns, static_cast<std::uint64_t>(kMaxEstimateNs)));
}

// When the work ended. Nothing is reported before its end: a later one is an error of the clocks,
// and would keep the GPU closed until then.
Nanos EndOf(const wire::Timing& timing, Nanos now_ns) {
  return std::min(Point(timing.end_ns), now_ns);
}

// A worker's clock may be estimated so that it received the action before it was sent: then
// everything it reports is shifted by the difference ("clock repair").
Nanos ClockRepair(std::uint64_t received_ns, Nanos sent_ns) {
  const Nanos received = Point(received_ns);
  return received != 0 && received < sent_ns ? sent_ns - received : 0;
}

Nanos Relative(std::uint64_t time_ns, Nanos repair_ns, Nanos sent_ns) {
  const Nanos time = Point(time_ns) + repair_ns;
  return time < sent_ns ? 0 : time - sent_ns;
}

std::int32_t ActionType(ActionKind kind) {
  switch (kind) {
    case ActionKind::kLoad:
      return wire::kActionLoadWeights;
    case ActionKind::kInfer:
      return wire::kActionInfer;
    case ActionKind::kEvict:
      return wire::kActionEvictWeights;
  }
  return 0;
}

// Nanoseconds of useful work, in float32 as the original computes it.
Nanos Goodput(Nanos duration_ns, float fraction) {
  return static_cast<Nanos>(static_cast<float>(duration_ns) * fraction);
}

telemetry::ActionRow StartRow(Nanos now_ns, std::int32_t id, const Action& action,
                              std::uint32_t worker, std::uint32_t gpu) {
  telemetry::ActionRow row;
  row.t = now_ns;
  row.action_id = id;
  row.action_type = ActionType(action.kind);
  row.worker_id = static_cast<std::int32_t>(worker);
  row.gpu_id = static_cast<std::int32_t>(gpu);
  row.model_id = static_cast<std::int32_t>(action.model);
  row.batch_size =
      action.kind == ActionKind::kInfer ? static_cast<std::int32_t>(action.requests.size()) : 1;
  row.expected_exec_duration = action.expected_duration_ns;
  row.expected_exec_complete = action.expected_complete_ns < action.sent_ns
                                   ? 0
                                   : action.expected_complete_ns - action.sent_ns;
  row.expected_gpu_clock = static_cast<std::int32_t>(action.expected_clock);
  row.controller_result_enqueue = now_ns - action.sent_ns;
  row.controller_action_duration = now_ns - action.sent_ns;
  row.requests_queued = static_cast<std::int32_t>(action.requests_queued);
  row.copies_loaded = static_cast<std::int32_t>(action.copies_loaded);
  return row;
}

void FillTimes(const Action& action, Nanos duration_ns, std::uint64_t end_ns,
               std::uint64_t received_ns, std::uint64_t result_sent_ns, telemetry::ActionRow* row) {
  const Nanos repair_ns = ClockRepair(received_ns, action.sent_ns);
  row->worker_exec_duration = duration_ns;
  row->worker_exec_complete = Relative(end_ns, repair_ns, action.sent_ns);
  row->worker_action_received = Relative(received_ns, repair_ns, action.sent_ns);
  row->worker_result_sent = Relative(result_sent_ns, repair_ns, action.sent_ns);
}

}  // namespace

Action* Scheduler::FindAction(std::int32_t id, ActionKind kind, std::string_view what,
                              Effects* effects) {
  Action* action = actions_.Find(id);
  if (action != nullptr && action->kind == kind) return action;
  effects->warnings.push_back(
      fmt::format("ignored a result: action {} is not a pending {}", id, what));
  return nullptr;
}

void Scheduler::FinishInfer(Nanos now_ns, std::int32_t id, Nanos end_ns, bool success) {
  const Action& action = *actions_.Find(id);
  Gpu& gpu = gpus_[action.gpu];
  gpu.infer.Done(id, end_ns, success);
  const auto inflight = std::find(gpu.inflight.begin(), gpu.inflight.end(), action.model);
  if (inflight != gpu.inflight.end()) gpu.inflight.erase(inflight);
  for (const RequestIndex index : action.requests) {
    pool_[index].in_action = false;
    tracker_.ExecDemandDone(action.model, pool_[index].exec_demand_ns);
    pool_.ReleaseIfDone(index);
  }
  if (!gpu.lost) tracker_.Used(action.model, action.gpu);
  UpdateInferOpen(now_ns, action.gpu);
  actions_.Remove(id);
}

void Scheduler::OnInferResult(Nanos now_ns, const wire::InferResult& result,
                              std::string_view output, Effects* effects) {
  const Action* action = FindAction(result.action_id, ActionKind::kInfer, "infer", effects);
  if (action == nullptr) return;
  for (const RequestIndex index : action->requests) pool_.Prefetch(index);
  const std::size_t g = action->gpu;
  tracker_.PrefetchUse(action->model, g);
  Model& model = models_[action->model];
  ExecEstimate& exec = model.exec[action->batch_index];
  exec.Measure(result.exec.duration_ns, result.gpu_clock_before, result.gpu_clock);
  model.exec_ns[action->batch_index] = exec.At(kDefaultGpuClock);
  if (action->batch_index == 0) UpdateDemand(&model);

  const std::size_t batch = action->requests.size();
  const std::size_t share = output.size() / batch;
  const std::uint64_t good_before = counters_.good;
  for (std::size_t i = 0; i < batch; ++i) {
    const std::string_view part =
        options_.generate_inputs ? std::string_view() : output.substr(i * share, share);
    Answer(now_ns, action->requests[i], wire::kActionSuccess, {}, model.copies_loaded, part,
           effects);
  }
  const float fraction =
      static_cast<float>(counters_.good - good_before) / static_cast<float>(batch);

  telemetry::ActionRow row =
      StartRow(now_ns, result.action_id, *action, gpus_[g].worker, gpus_[g].index);
  const Nanos duration_ns = Span(result.exec.duration_ns);
  FillTimes(*action, duration_ns, result.exec.end_ns, result.action_received_ns,
            result.result_sent_ns, &row);
  row.worker_copy_output_complete =
      Relative(result.copy_output.end_ns, ClockRepair(result.action_received_ns, action->sent_ns),
               action->sent_ns);
  row.worker_gpu_clock_before = static_cast<std::int32_t>(result.gpu_clock_before);
  row.worker_gpu_clock = static_cast<std::int32_t>(result.gpu_clock);
  row.goodput = Goodput(duration_ns, fraction);
  effects->action_rows.push_back(row);

  gpus_[g].infer.SetClock(result.gpu_clock);
  FinishInfer(now_ns, result.action_id, EndOf(result.exec, now_ns), true);
}

void Scheduler::OnLoadResult(Nanos now_ns, const wire::WeightsResult& result, Effects* effects) {
  const Action* action = FindAction(result.action_id, ActionKind::kLoad, "load", effects);
  if (action == nullptr) return;
  const std::size_t g = action->gpu;
  const std::uint32_t m = action->model;
  Model& model = models_[m];
  gpus_[g].load.Done(result.action_id, EndOf(result.timing, now_ns), true);
  model.load.Measure(Span(result.timing.duration_ns));
  UpdateDemand(&model);
  tracker_.LoadSucceeded(m, g);
  model.loaded.Insert(g);
  ++model.copies_loaded;
  Activate(m, g);
  if (infer_open_.Contains(g)) infer_opened_.push_back(g);

  telemetry::ActionRow row =
      StartRow(now_ns, result.action_id, *action, gpus_[g].worker, gpus_[g].index);
  const Nanos duration_ns = Span(result.timing.duration_ns);
  FillTimes(*action, duration_ns, result.timing.end_ns, result.action_received_ns,
            result.result_sent_ns, &row);
  row.goodput = Goodput(duration_ns, 1.0F);
  effects->action_rows.push_back(row);
  actions_.Remove(result.action_id);
  UpdateLoadOpen(now_ns, g);
}

void Scheduler::OnEvictResult(Nanos now_ns, const wire::WeightsResult& result, Effects* effects) {
  const Action* action = FindAction(result.action_id, ActionKind::kEvict, "eviction", effects);
  if (action == nullptr) return;
  const Gpu& gpu = gpus_[action->gpu];
  telemetry::ActionRow row = StartRow(now_ns, result.action_id, *action, gpu.worker, gpu.index);
  const Nanos duration_ns = Span(result.timing.duration_ns);
  // An eviction's end has no column of its own and leaves 0 in that of the others.
  FillTimes(*action, duration_ns, 0, result.action_received_ns, result.result_sent_ns, &row);
  row.goodput = Goodput(duration_ns, 1.0F);
  effects->action_rows.push_back(row);
  actions_.Remove(result.action_id);
}

void Scheduler::OnErrorResult(Nanos now_ns, const wire::ErrorResult& result, Effects* effects) {
  if (actions_.Find(result.action_id) == nullptr) {
    effects->warnings.push_back(
        fmt::format("ignored an error result: action {} is not pending", result.action_id));
    return;
  }
  FailAction(now_ns, result.action_id,
             {result.status, result.message, result.action_received_ns, result.result_sent_ns},
             effects);
}

void Scheduler::FailAction(Nanos now_ns, std::int32_t id, const Failure& failure,
                           Effects* effects) {
  const Action& action = *actions_.Find(id);
  const std::size_t g = action.gpu;
  const std::uint32_t m = action.model;
  ++counters_.failed_actions;

  telemetry::ActionRow row = StartRow(action.dropped_ns != 0 ? action.dropped_ns : now_ns, id,
                                      action, gpus_[g].worker, gpus_[g].index);
  row.status = failure.status;
  row.controller_action_duration = now_ns - action.sent_ns;  // of a drop: when it is taken up
  const Nanos repair_ns = ClockRepair(failure.received_ns, action.sent_ns);
  row.worker_action_received = Relative(failure.received_ns, repair_ns, action.sent_ns);
  row.worker_result_sent = Relative(failure.result_sent_ns, repair_ns, action.sent_ns);

  switch (action.kind) {
    case ActionKind::kInfer:
      for (const RequestIndex index : action.requests) {
        Answer(now_ns, index, failure.status, failure.message, 0, {}, effects);
      }
      effects->action_rows.push_back(row);
      FinishInfer(now_ns, id, now_ns, false);
      return;
    case ActionKind::kLoad:
      gpus_[g].load.Done(id, now_ns, false);
      gpus_[g].free_pages += models_[m].description.weights_pages;
      tracker_.LoadFailed(m, g);
      effects->action_rows.push_back(row);
      actions_.Remove(id);
      UpdateLoadOpen(now_ns, g);
      return;
    case ActionKind::kEvict:
      // The original ends here; the model is treated as absent, which the next load will prove or
      // not.
      row.goodput = 0;
      effects->warnings.push_back(fmt::format("eviction {} of model {} failed with status {}: {}",
                                              id, m, failure.status, failure.message));
      effects->action_rows.push_back(row);
      actions_.Remove(id);
      return;
  }
}

void Scheduler::OnNotSent(Nanos now_ns, std::int32_t action_id) {
  Action* action = actions_.Find(action_id);
  if (action == nullptr) return;
  ++counters_.unsent_actions;
  action->dropped_ns = now_ns;
  delayed_errors_.push({action->report_error_ns, action_id});
}

void Scheduler::ReportDueErrors(Nanos now_ns, Effects* effects) {
  while (!delayed_errors_.empty() && delayed_errors_.top().report_ns <= now_ns) {
    const std::int32_t id = delayed_errors_.top().action_id;
    delayed_errors_.pop();
    if (actions_.Find(id) == nullptr) continue;
    FailAction(now_ns, id,
               {wire::kActionNotSentInTime, "the controller could not send the action in time"},
               effects);
  }
}

}  // namespace clockwork::controller
