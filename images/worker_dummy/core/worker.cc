#include "images/worker_dummy/core/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "images/worker_dummy/core/transitions.h"
#include "images/worker_dummy/core/worker_state.h"

namespace clockwork::worker {
namespace {

// Ranks of the due heap at equal times.
constexpr std::uint32_t kEnds = 0;
constexpr std::uint32_t kStarts = 1;

constexpr std::uint32_t kModelLoadsParty = 0;

constexpr std::uint32_t PartyOf(std::uint32_t gpu_id, bool infers) {
  return 1 + 2 * gpu_id + (infers ? 0 : 1);
}

}  // namespace

bool Worker::QueuedModelLoad::operator<(const QueuedModelLoad& other) const {
  if (window.earliest_ns != other.window.earliest_ns) {
    return window.earliest_ns > other.window.earliest_ns;
  }
  return sequence > other.sequence;
}

Worker::Worker(const WorkerConfig& config)
    : config_(config),
      gpus_(config.gpus, Gpu{WeightsCache(config.PagesPerGpu()), {}, {}}),
      due_(1 + 2 * config.gpus) {
  assert(config.gpus >= 1 && config.gpus <= kMaxGpus);
}

void Worker::OnAction(Nanos now_ns, const Origin& origin, const wire::LoadModelAction& action,
                      Effects* effects) {
  if (!Admit(origin, action.action_id, wire::kActionLoadModel, effects)) return;
  model_loads_.push_back(
      {.origin = origin,
       .window = ToWorkerTime(action.earliest_ns, action.latest_ns, origin.clock_delta_ns),
       .sequence = next_sequence_++,
       .action_id = action.action_id,
       .first_id = action.model_id,
       .copies = action.copies,
       .max_batch_size = action.max_batch_size,
       .max_exec_ns = action.max_exec_ns,
       .path = std::string(action.model_path)});
  std::push_heap(model_loads_.begin(), model_loads_.end());
  ++queued_;
  UpdateModelLoadsDue();
  RunDue(now_ns, effects);
}

void Worker::OnAction(Nanos now_ns, const Origin& origin, const wire::LoadWeightsAction& action,
                      Effects* effects) {
  Enqueue(now_ns, action.gpu_id,
          {.origin = origin,
           .window = ToWorkerTime(action.earliest_ns, action.latest_ns, origin.clock_delta_ns),
           .action_id = action.action_id,
           .model_id = action.model_id,
           .kind = ActionKind::kLoadWeights},
          wire::kActionLoadWeights, effects);
}

void Worker::OnAction(Nanos now_ns, const Origin& origin, const wire::EvictWeightsAction& action,
                      Effects* effects) {
  Enqueue(now_ns, action.gpu_id,
          {.origin = origin,
           .window = ToWorkerTime(action.earliest_ns, action.latest_ns, origin.clock_delta_ns),
           .action_id = action.action_id,
           .model_id = action.model_id,
           .kind = ActionKind::kEvictWeights},
          wire::kActionEvictWeights, effects);
}

void Worker::OnAction(Nanos now_ns, const Origin& origin, const wire::InferAction& action,
                      std::uint64_t input_bytes, Effects* effects) {
  Enqueue(now_ns, action.gpu_id,
          {.origin = origin,
           .window = ToWorkerTime(action.earliest_ns, action.latest_ns, origin.clock_delta_ns),
           .action_id = action.action_id,
           .model_id = action.model_id,
           .kind = ActionKind::kInfer,
           .has_input_sizes = !action.input_sizes.empty(),
           .batch_size = action.batch_size,
           .input_bytes = input_bytes},
          wire::kActionInfer, effects);
}

void Worker::OnClearCache(Nanos now_ns, const Origin& origin, const wire::PlainAction& action,
                          Effects* effects) {
  RunDue(now_ns, effects);
  for (Gpu& gpu : gpus_) gpu.weights.Clear();
  // The original gives these two results neither a clock delta nor a time of receipt.
  Emit({origin.connection, wire::WorkerMessage::kClearCacheResult, 0, 0,
        wire::ClearCacheResult{.action_id = action.action_id}},
       effects);
}

void Worker::OnGetWorkerState(Nanos now_ns, const Origin& origin, const wire::PlainAction& action,
                              Effects* effects) {
  RunDue(now_ns, effects);
  wire::GetWorkerStateResult state = DescribeModels(config_, models_);
  state.action_id = action.action_id;
  for (std::uint32_t gpu_id = 0; gpu_id < config_.gpus; ++gpu_id) {
    state.gpus.push_back(DescribeGpu(config_, models_, gpu_id, gpus_[gpu_id].weights));
  }
  Emit({origin.connection, wire::WorkerMessage::kGetWorkerStateResult, 0, 0, std::move(state)},
       effects);
}

bool Worker::Admit(const Origin& origin, std::int32_t action_id, std::int32_t action_type,
                   Effects* effects) {
  if (queued_ < kMaxQueuedActions) return true;
  ++counters_.rejected_full;
  Emit(MakeError(origin, action_id, action_type, wire::kActionRuntimeError,
                 fmt::format("{} actions wait already", queued_)),
       effects);
  return false;
}

void Worker::Enqueue(Nanos now_ns, std::uint32_t gpu_id, QueuedAction action,
                     std::int32_t action_type, Effects* effects) {
  if (gpu_id >= config_.gpus) {
    Emit(MakeError(
             action.origin, action.action_id, action_type, wire::kActionInvalidGpu,
             fmt::format("GPU {} does not exist, the last one is {}", gpu_id, config_.gpus - 1)),
         effects);
    return;
  }
  if (!Admit(action.origin, action.action_id, action_type, effects)) return;
  action.sequence = next_sequence_++;
  const bool infers = action.kind == ActionKind::kInfer;
  (infers ? gpus_[gpu_id].infers : gpus_[gpu_id].loads).Push(action);
  ++queued_;
  UpdateDue(gpu_id, infers);
  RunDue(now_ns, effects);
}

void Worker::OnTimer(Nanos now_ns, Effects* effects) { RunDue(now_ns, effects); }

void Worker::RunDue(Nanos now_ns, Effects* effects) {
  // Ends because every step takes an action out of a queue or finishes one.
  while (due_.FirstDueNs() <= now_ns) {
    const Nanos due_ns = due_.FirstDueNs();
    const std::uint32_t party = due_.First();
    if (party == kModelLoadsParty) {
      StartModelLoad(now_ns, effects);
    } else {
      const std::uint32_t gpu_id = (party - 1) / 2;
      StepExecutor(due_ns, gpu_id, party == PartyOf(gpu_id, true), effects);
    }
  }
}

void Worker::StepExecutor(Nanos now_ns, std::uint32_t gpu_id, bool infers, Effects* effects) {
  Gpu& gpu = gpus_[gpu_id];
  Executor& executor = infers ? gpu.infers : gpu.loads;
  if (executor.running()) {
    const RunningAction done = executor.Finish(now_ns);
    --running_;
    Emit(infers ? FinishInfer(models_, done, gpu_id, gpu.weights) : FinishLoad(done, &gpu.weights),
         effects);
  } else {
    const QueuedAction action = executor.Pop();
    --queued_;
    Started started = infers ? StartInfer(models_, action, now_ns, config_, gpu.weights)
                      : action.kind == ActionKind::kLoadWeights
                          ? StartLoad(models_, action, now_ns, &gpu.weights)
                          : StartEvict(models_, action, now_ns, &gpu.weights);
    if (started.running) {
      executor.Start(*started.running);
      ++running_;
    } else {
      Emit(std::move(*started.result), effects);
    }
  }
  UpdateDue(gpu_id, infers);
}

void Worker::StartModelLoad(Nanos now_ns, Effects* effects) {
  std::pop_heap(model_loads_.begin(), model_loads_.end());
  QueuedModelLoad load = std::move(model_loads_.back());
  model_loads_.pop_back();
  --queued_;
  std::int32_t status =
      CheckWindow(load.window, now_ns, wire::kActionRuntimeError, wire::kActionCouldNotStartInTime);
  std::string message = "outside the action's window";
  const bool ids_fit =
      load.first_id >= 0 && load.copies >= 1 && load.copies <= INT32_MAX - load.first_id;
  if (status == 0 && (!ids_fit || load.copies > static_cast<std::int64_t>(kMaxModelCopies) -
                                                    static_cast<std::int64_t>(models_.size()))) {
    status = wire::kActionInvalidAction;
    message = fmt::format("{} copies from id {}: at least 1, and at most {} models on a worker",
                          load.copies, load.first_id, kMaxModelCopies);
  }
  if (status == 0 && models_.AnyTaken(load.first_id, load.copies)) {
    status = wire::kActionInvalidModelId;
    message = fmt::format("ids {} to {} are not all free", load.first_id,
                          load.first_id + load.copies - 1);
  }
  if (status != 0) {
    Emit(MakeError(load.origin, load.action_id, wire::kActionLoadModel, status, message), effects);
  } else {
    load.begin_ns = now_ns;
    effects->model_reads.push_back(load.path);
    reading_ = std::move(load);
    ++running_;
  }
  UpdateModelLoadsDue();
}

void Worker::OnModelRead(Nanos now_ns, const ModelRead& read, Effects* effects) {
  assert(reading_.has_value());
  const QueuedModelLoad load = std::move(*reading_);
  reading_.reset();
  --running_;
  if (read.status != 0) {
    Emit(MakeError(load.origin, load.action_id, wire::kActionLoadModel, read.status, read.message),
         effects);
  } else {
    LoadedModel model{load.path, read.spec};
    KeepSupportedBatches(load.max_batch_size, load.max_exec_ns, &model.spec.batches);
    const ModelSpec& spec = model.spec;
    Emit({load.origin.connection, wire::WorkerMessage::kLoadModelResult, load.origin.clock_delta_ns,
          0,
          wire::LoadModelResult{.action_id = load.action_id,
                                .timing = MakeTiming(load.begin_ns, now_ns, load.origin),
                                .input_bytes = spec.input_bytes,
                                .output_bytes = spec.output_bytes,
                                .supported_batch_sizes = BatchSizes(spec),
                                .weights_bytes_in_cache = spec.weights_pages * config_.page_bytes,
                                .weights_pages = spec.weights_pages,
                                .weights_load_ns = static_cast<std::uint64_t>(spec.load_ns),
                                .batch_exec_ns = BatchExecNs(spec),
                                .copies_created = load.copies,
                                .action_received_ns = ReceivedNs(load.origin),
                                .result_sent_ns = 0}},
         effects);
    models_.Add(load.first_id, load.copies, std::move(model));
  }
  UpdateModelLoadsDue();
  RunDue(now_ns, effects);
}

void Worker::OnDisconnect(Nanos now_ns, ConnectionId connection, Effects* effects) {
  RunDue(now_ns, effects);
  std::size_t cancelled = std::erase_if(model_loads_, [connection](const QueuedModelLoad& load) {
    return load.origin.connection == connection;
  });
  std::make_heap(model_loads_.begin(), model_loads_.end());
  UpdateModelLoadsDue();
  for (std::uint32_t gpu_id = 0; gpu_id < config_.gpus; ++gpu_id) {
    cancelled += gpus_[gpu_id].infers.Cancel(connection);
    cancelled += gpus_[gpu_id].loads.Cancel(connection);
    UpdateDue(gpu_id, true);
    UpdateDue(gpu_id, false);
  }
  queued_ -= cancelled;
  counters_.cancelled += cancelled;
}

void Worker::Emit(OutgoingResult result, Effects* effects) {
  Count(result);
  effects->results.push_back(std::move(result));
}

void Worker::Count(const OutgoingResult& result) {
  switch (result.type) {
    case wire::WorkerMessage::kErrorResult:
      ++counters_.errors;
      break;
    case wire::WorkerMessage::kLoadModelResult:
      ++counters_.model_loads;
      break;
    case wire::WorkerMessage::kLoadWeightsResult:
      ++counters_.loads;
      break;
    case wire::WorkerMessage::kEvictWeightsResult:
      ++counters_.evictions;
      break;
    case wire::WorkerMessage::kInferResult:
      ++counters_.infers;
      break;
    default:
      break;
  }
}

void Worker::UpdateDue(std::uint32_t gpu_id, bool infers) {
  const Executor& executor = infers ? gpus_[gpu_id].infers : gpus_[gpu_id].loads;
  due_.Set(PartyOf(gpu_id, infers), executor.DueNs(), executor.running() ? kEnds : kStarts);
}

void Worker::UpdateModelLoadsDue() {
  Nanos due_ns = kNever;
  if (!reading_ && !model_loads_.empty()) {
    const QueuedModelLoad& first = model_loads_.front();
    due_ns = std::max(first.window.earliest_ns, first.origin.received_ns);
  }
  due_.Set(kModelLoadsParty, due_ns, kStarts);
}

}  // namespace clockwork::worker
