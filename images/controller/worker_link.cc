#include "images/controller/worker_link.h"

namespace clockwork::controller {
namespace {

std::uint64_t Type(wire::WorkerMessage message) { return static_cast<std::uint64_t>(message); }

}  // namespace

void WorkerLink::SendGetState(std::uint32_t worker) {
  connection_->Send(Type(wire::WorkerMessage::kGetWorkerState), 0,
                    wire::PlainAction{static_cast<std::int32_t>(worker)});
}

void WorkerLink::SendLoadModel(const wire::LoadModelAction& action) {
  if (connection_ != nullptr) {
    connection_->Send(Type(wire::WorkerMessage::kLoadModel), 0, action);
  }
}

void WorkerLink::SendInfer(const ActionToSend& action, const std::uint32_t* input_sizes,
                           std::string_view inputs) {
  infer_.action_id = action.action_id;
  infer_.model_id = static_cast<std::int32_t>(action.model_id);
  infer_.gpu_id = action.gpu;
  infer_.earliest_ns = action.earliest_ns;
  infer_.latest_ns = action.latest_ns;
  infer_.expected_duration_ns = static_cast<std::uint64_t>(action.expected_duration_ns);
  infer_.batch_size = action.batch_size;
  infer_.input_sizes.assign(input_sizes, input_sizes + action.batch_size);
  connection_->Send(Type(wire::WorkerMessage::kInfer), 0, infer_, inputs);
}

void WorkerLink::SendNow(const ActionToSend& action, const std::uint32_t* input_sizes,
                         std::string_view inputs) {
  const auto model = static_cast<std::int32_t>(action.model_id);
  switch (action.kind) {
    case ActionKind::kInfer:
      SendInfer(action, input_sizes, inputs);
      return;
    case ActionKind::kLoad:
      connection_->Send(
          Type(wire::WorkerMessage::kLoadWeights), 0,
          wire::LoadWeightsAction{action.action_id, model, action.gpu, action.earliest_ns,
                                  action.latest_ns,
                                  static_cast<std::uint64_t>(action.expected_duration_ns)});
      return;
    case ActionKind::kEvict:
      connection_->Send(Type(wire::WorkerMessage::kEvictWeights), 0,
                        wire::EvictWeightsAction{action.action_id, model, action.gpu,
                                                 action.earliest_ns, action.latest_ns});
      return;
  }
}

void WorkerLink::Send(const ActionToSend& action, const Effects& effects) {
  if (connection_ == nullptr) return;
  const std::uint32_t* sizes = effects.input_sizes.data() + action.first_input;
  const std::string_view all_inputs = effects.inputs;
  const std::string_view inputs =
      all_inputs.substr(action.inputs_begin, action.inputs_end - action.inputs_begin);
  if (Blocked()) {
    held_back_.push_back({action, {sizes, sizes + action.batch_size}, std::string(inputs)});
  } else {
    SendNow(action, sizes, inputs);
  }
}

void WorkerLink::Resume(Nanos now_ns, const NotSent& not_sent) {
  blocked_ = connection_ != nullptr && connection_->pending_output_bytes() > 0;
  while (!blocked_ && connection_ != nullptr && !held_back_.empty()) {
    const HeldBack held = std::move(held_back_.front());
    held_back_.pop_front();
    if (held.action.send_by_ns < now_ns) {
      not_sent(held.action.action_id);
    } else {
      SendNow(held.action, held.input_sizes.data(), held.inputs);
    }
  }
}

}  // namespace clockwork::controller
