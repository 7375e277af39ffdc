#include "images/worker_dummy/core/transitions.h"

#include <fmt/format.h>

#include <utility>

namespace clockwork::worker {
namespace {

std::int32_t ActionTypeOf(ActionKind kind) {
  switch (kind) {
    case ActionKind::kLoadWeights:
      return wire::kActionLoadWeights;
    case ActionKind::kEvictWeights:
      return wire::kActionEvictWeights;
    case ActionKind::kInfer:
      return wire::kActionInfer;
  }
  return wire::kActionInfer;
}

OutgoingResult ErrorOf(const QueuedAction& action, std::int32_t status, std::string message) {
  return MakeError(action.origin, action.action_id, ActionTypeOf(action.kind), status,
                   std::move(message));
}

Started Rejected(const QueuedAction& action, std::int32_t status, std::string message) {
  return {std::nullopt, ErrorOf(action, status, std::move(message))};
}

Started Runs(const QueuedAction& action, std::uint32_t place, std::uint32_t version, Nanos now_ns,
             Nanos duration_ns) {
  return {RunningAction{action, place, version, now_ns, now_ns + duration_ns}, std::nullopt};
}

Started OutsideWindow(const QueuedAction& action, std::int32_t status, Nanos now_ns) {
  const bool early = now_ns < action.window.earliest_ns;
  return Rejected(
      action, status,
      fmt::format("{} ns {} the action's window",
                  early ? action.window.earliest_ns - now_ns : now_ns - action.window.latest_ns,
                  early ? "before" : "after"));
}

std::string Unknown(const QueuedAction& action) {
  return fmt::format("model {} is not loaded on this worker", action.model_id);
}

OutgoingResult WeightsDone(wire::WorkerMessage type, const QueuedAction& action, Nanos begin_ns,
                           Nanos end_ns) {
  return {action.origin.connection, type, action.origin.clock_delta_ns, 0,
          wire::WeightsResult{.action_id = action.action_id,
                              .timing = MakeTiming(begin_ns, end_ns, action.origin),
                              .action_received_ns = ReceivedNs(action.origin),
                              .result_sent_ns = 0}};
}

// An input of size 0 means that the worker makes one up. Sizes that are listed are trusted: the
// contents are never looked at.
bool InputFits(const QueuedAction& action, const LoadedModel& model, const WorkerConfig& config) {
  if (action.input_bytes == 0 && config.allow_zero_size_inputs) return true;
  return action.has_input_sizes || action.input_bytes == action.batch_size * model.spec.input_bytes;
}

std::uint64_t OutputBytes(const QueuedAction& action, const LoadedModel& model) {
  return action.input_bytes == 0 ? 0 : action.batch_size * model.spec.output_bytes;
}

}  // namespace

std::uint64_t ReceivedNs(const Origin& origin) {
  return Shift(static_cast<std::uint64_t>(origin.received_ns), Negated(origin.clock_delta_ns));
}

wire::Timing MakeTiming(Nanos begin_ns, Nanos end_ns, const Origin& origin) {
  const Nanos back_ns = Negated(origin.clock_delta_ns);
  return {Shift(static_cast<std::uint64_t>(begin_ns), back_ns),
          Shift(static_cast<std::uint64_t>(end_ns), back_ns),
          static_cast<std::uint64_t>(end_ns - begin_ns)};
}

OutgoingResult MakeError(const Origin& origin, std::int32_t action_id, std::int32_t action_type,
                         std::int32_t status, std::string message) {
  return {origin.connection, wire::WorkerMessage::kErrorResult, origin.clock_delta_ns, 0,
          wire::ErrorResult{.action_id = action_id,
                            .action_type = action_type,
                            .status = status,
                            .message = std::move(message),
                            .action_received_ns = ReceivedNs(origin),
                            .result_sent_ns = 0}};
}

Started StartLoad(const ModelTable& models, const QueuedAction& action, Nanos now_ns,
                  WeightsCache* weights) {
  if (const std::int32_t status =
          CheckWindow(action.window, now_ns, wire::kLoadTooEarly, wire::kLoadTooLate)) {
    return OutsideWindow(action, status, now_ns);
  }
  const auto place = models.PlaceOf(action.model_id);
  if (!place) return Rejected(action, wire::kLoadUnknownModel, Unknown(action));
  const LoadedModel& model = models.At(*place);
  const auto version = weights->BeginLoad(*place, model.spec.weights_pages);
  if (!version) {
    return Rejected(action, wire::kLoadNotEnoughPages,
                    fmt::format("model {} needs {} pages, {} are free", action.model_id,
                                model.spec.weights_pages, weights->free_pages()));
  }
  return Runs(action, *place, *version, now_ns, model.spec.load_ns);
}

Started StartEvict(const ModelTable& models, const QueuedAction& action, Nanos now_ns,
                   WeightsCache* weights) {
  if (const std::int32_t status =
          CheckWindow(action.window, now_ns, wire::kEvictTooEarly, wire::kEvictTooLate)) {
    return OutsideWindow(action, status, now_ns);
  }
  const auto place = models.PlaceOf(action.model_id);
  if (!place) return Rejected(action, wire::kEvictUnknownModel, Unknown(action));
  if (!weights->Evict(*place, models.At(*place).spec.weights_pages)) {
    return Rejected(action, wire::kEvictNotInCache,
                    fmt::format("the weights of model {} are not present", action.model_id));
  }
  return {std::nullopt,
          WeightsDone(wire::WorkerMessage::kEvictWeightsResult, action, now_ns, now_ns)};
}

Started StartInfer(const ModelTable& models, const QueuedAction& action, Nanos now_ns,
                   const WorkerConfig& config, const WeightsCache& weights) {
  if (const std::int32_t status =
          CheckWindow(action.window, now_ns, wire::kExecTooEarly, wire::kExecTooLate)) {
    return OutsideWindow(action, status, now_ns);
  }
  const auto place = models.PlaceOf(action.model_id);
  if (!place) return Rejected(action, wire::kInferUnknownModel, Unknown(action));
  const LoadedModel& model = models.At(*place);
  const auto exec_ns = model.ExecNs(action.batch_size);
  if (!exec_ns) {
    return Rejected(
        action, wire::kInferBadBatchSize,
        fmt::format("model {} supports no batch of {}", action.model_id, action.batch_size));
  }
  if (!InputFits(action, model, config)) {
    return Rejected(action, wire::kInferBadInput,
                    fmt::format("{} bytes are no input for {} requests of {} bytes",
                                action.input_bytes, action.batch_size, model.spec.input_bytes));
  }
  if (OutputBytes(action, model) > kMaxOutputBytes) {
    return Rejected(action, wire::kActionInvalidAction,
                    fmt::format("the output would have {} bytes, more than {}",
                                OutputBytes(action, model), kMaxOutputBytes));
  }
  if (!weights.Present(*place)) {
    return Rejected(action, wire::kExecWeightsMissing,
                    fmt::format("the weights of model {} are not present", action.model_id));
  }
  return Runs(action, *place, weights.Version(*place), now_ns, *exec_ns);
}

OutgoingResult FinishLoad(const RunningAction& running, WeightsCache* weights) {
  if (!weights->FinishLoad(running.place, running.version)) {
    return ErrorOf(running.action, wire::kLoadWeightsChanged,
                   "the weights were changed while they were loaded");
  }
  return WeightsDone(wire::WorkerMessage::kLoadWeightsResult, running.action, running.begin_ns,
                     running.end_ns);
}

OutgoingResult FinishInfer(const ModelTable& models, const RunningAction& running,
                           std::uint32_t gpu_id, const WeightsCache& weights) {
  const QueuedAction& action = running.action;
  if (!weights.Present(running.place) || weights.Version(running.place) != running.version) {
    return ErrorOf(action, wire::kExecWeightsChanged, "the weights were changed during execution");
  }
  // The original's emulated worker leaves action_received unset in successful infers, and the
  // telemetry shows it; copying takes no time.
  const Origin& origin = action.origin;
  return {origin.connection, wire::WorkerMessage::kInferResult, origin.clock_delta_ns,
          OutputBytes(action, models.At(running.place)),
          wire::InferResult{.action_id = action.action_id,
                            .copy_input = MakeTiming(running.begin_ns, running.begin_ns, origin),
                            .exec = MakeTiming(running.begin_ns, running.end_ns, origin),
                            .copy_output = MakeTiming(running.end_ns, running.end_ns, origin),
                            .gpu_id = gpu_id,
                            .gpu_clock_before = kGpuClockMhz,
                            .gpu_clock = kGpuClockMhz,
                            .action_received_ns = 0,
                            .result_sent_ns = 0}};
}

}  // namespace clockwork::worker
