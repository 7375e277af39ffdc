#include "tests/unit/controller/scheduler_harness.h"

#include <algorithm>

#include "images/common/telemetry/format.h"

namespace clockwork::controller {

ModelDescription SmallModel() {
  ModelDescription model;
  model.path = "small";
  model.weights_pages = 5;
  model.load_ns = 8 * kMs;
  model.batches = {{1, 2 * kMs}, {2, 3 * kMs}, {4, 5 * kMs}, {8, 8 * kMs}};
  return model;
}

ClusterBuilder& ClusterBuilder::Worker(std::uint32_t gpus, std::uint32_t pages_per_gpu) {
  cluster_.workers.push_back({gpus, pages_per_gpu});
  return *this;
}

ClusterBuilder& ClusterBuilder::Model(ModelDescription model) {
  model.model_id = static_cast<std::uint32_t>(cluster_.models.size());
  cluster_.models.push_back(std::move(model));
  return *this;
}

ClusterBuilder& ClusterBuilder::Models(int count) {
  for (int i = 0; i < count; ++i) Model();
  return *this;
}

ClusterBuilder& ClusterBuilder::Hole() { return Model({}); }

Cluster Small(std::uint32_t gpus, int models) {
  return ClusterBuilder().Worker(gpus).Models(models).Build();
}

SchedulerOptions PublishedOptions() {
  SchedulerOptions options;
  options.schedule_ahead_ns = 5 * kMs;
  options.default_slo_ns = 100 * kMs;
  options.max_exec_ns = 25 * kMs;
  options.max_batch = 8;
  return options;
}

Harness::Harness(Cluster cluster, const SchedulerOptions& options) {
  auto created = Scheduler::Create(options, std::move(cluster));
  if (!created.ok()) {
    ADD_FAILURE() << created.error().message;
    std::abort();
  }
  scheduler = std::move(*created);
}

std::int32_t Harness::Admit(Nanos now_ns, std::uint32_t model, const Given& given) {
  InferenceArrival arrival;
  arrival.asker = {.client = 3,
                   .message_id = static_cast<std::uint64_t>(next_request_),
                   .user_id = 17,
                   .user_request_id = next_request_};
  arrival.model_id = model;
  arrival.batch_size = given.batch_size;
  arrival.slo_factor = given.slo_factor;
  arrival.input = given.input;
  arrival.behind_ns = given.behind_ns;
  scheduler->OnRequest(now_ns, arrival, &effects_);
  Record();
  return next_request_++;
}

std::int32_t Harness::Request(Nanos now_ns, std::uint32_t model, const Given& given) {
  const std::int32_t request = Admit(now_ns, model, given);
  Advance(now_ns);
  return request;
}

void Harness::Requests(int count, Nanos now_ns, std::uint32_t model) {
  for (int i = 0; i < count; ++i) Admit(now_ns, model);
  Advance(now_ns);
}

void Harness::Advance(Nanos now_ns) {
  scheduler->Advance(now_ns, &effects_);
  Record();
}

void Harness::RunUntil(Nanos now_ns) {
  // A scheduler that always wants to be woken would turn for ever.
  constexpr int kMaxTurns = 100'000;
  int turns = 0;
  while (scheduler->NextWakeNs() <= now_ns && ++turns < kMaxTurns) {
    Advance(scheduler->NextWakeNs());
  }
  EXPECT_LT(turns, kMaxTurns) << "the scheduler wakes up for nothing";
  Advance(now_ns);
}

wire::WeightsResult Harness::Weights(Nanos now_ns, const Sent& action,
                                     const Reported& reported) const {
  const Nanos duration_ns =
      reported.duration_ns >= 0 ? reported.duration_ns : action.expected_duration_ns;
  const Nanos end_ns = reported.end_ns >= 0 ? reported.end_ns : now_ns;
  wire::WeightsResult result;
  result.action_id = action.action_id;
  result.timing = {static_cast<std::uint64_t>(end_ns - duration_ns),
                   static_cast<std::uint64_t>(end_ns), static_cast<std::uint64_t>(duration_ns)};
  result.action_received_ns = reported.received_ns;
  result.result_sent_ns = reported.result_sent_ns;
  return result;
}

void Harness::LoadDone(Nanos now_ns, const Sent& action, const Reported& reported) {
  scheduler->OnLoadResult(now_ns, Weights(now_ns, action, reported), &effects_);
  Record();
  Advance(now_ns);
}

void Harness::EvictDone(Nanos now_ns, const Sent& action, const Reported& reported) {
  scheduler->OnEvictResult(now_ns, Weights(now_ns, action, reported), &effects_);
  Record();
  Advance(now_ns);
}

void Harness::InferDone(Nanos now_ns, const Sent& action, const Reported& reported) {
  const wire::WeightsResult timing = Weights(now_ns, action, reported);
  wire::InferResult result;
  result.action_id = action.action_id;
  result.exec = timing.timing;
  result.copy_output.end_ns = static_cast<std::uint64_t>(reported.copy_output_end_ns);
  result.gpu_id = action.gpu;
  result.gpu_clock_before = reported.clock_before;
  result.gpu_clock = reported.clock;
  result.action_received_ns = reported.received_ns;
  result.result_sent_ns = reported.result_sent_ns;
  scheduler->OnInferResult(now_ns, result, reported.output, &effects_);
  Record();
  Advance(now_ns);
}

void Harness::Fail(Nanos now_ns, const Sent& action, std::int32_t status,
                   const std::string& message, const Reported& reported) {
  wire::ErrorResult result;
  result.action_id = action.action_id;
  result.status = status;
  result.message = message;
  result.action_received_ns = reported.received_ns;
  result.result_sent_ns = reported.result_sent_ns;
  scheduler->OnErrorResult(now_ns, result, &effects_);
  Record();
  Advance(now_ns);
}

void Harness::NotSent(Nanos now_ns, const Sent& action) {
  scheduler->OnNotSent(now_ns, action.action_id);
  Advance(now_ns);
}

void Harness::Lose(Nanos now_ns, std::uint32_t worker) {
  scheduler->OnWorkerLost(now_ns, worker, &effects_);
  Record();
  Advance(now_ns);
}

void Harness::Warm(Nanos now_ns, std::uint32_t model) {
  Request(now_ns, model);
  for (const Sent& evict : Take(ActionKind::kEvict)) EvictDone(now_ns + kMs, evict);
  for (const Sent& load : Take(ActionKind::kLoad)) LoadDone(now_ns + 8 * kMs, load);
  InferDone(now_ns + 12 * kMs, TakeOne(ActionKind::kInfer));
  RunUntil(now_ns + 20 * kMs);
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(scheduler->pending_requests(), 0U);
  answers.clear();
  request_rows.clear();
  action_rows.clear();
}

std::vector<Sent> Harness::Take(ActionKind kind) {
  std::vector<Sent> taken;
  std::erase_if(sent, [&taken, kind](const Sent& action) {
    if (action.kind == kind) taken.push_back(action);
    return action.kind == kind;
  });
  return taken;
}

Sent Harness::TakeOne(ActionKind kind) {
  std::vector<Sent> taken = Take(kind);
  EXPECT_EQ(taken.size(), 1U);
  if (taken.empty()) std::abort();
  return taken.front();
}

void Harness::Record() {
  for (const ActionToSend& action : effects_.actions) {
    Sent copy;
    static_cast<ActionToSend&>(copy) = action;
    if (action.kind == ActionKind::kInfer) {
      const auto first = effects_.input_sizes.begin() + action.first_input;
      copy.input_sizes.assign(first, first + action.batch_size);
      copy.inputs =
          effects_.inputs.substr(action.inputs_begin, action.inputs_end - action.inputs_begin);
    }
    sent.push_back(std::move(copy));
  }
  for (const InferenceAnswer& answer : effects_.answers) {
    EXPECT_EQ(answer.asker.client, 3U);
    EXPECT_EQ(answer.asker.message_id, static_cast<std::uint64_t>(answer.asker.user_request_id));
    answers.push_back({answer.asker.user_request_id, answer.status, std::string(answer.message),
                       answer.model_id, answer.batch_size, std::string(answer.output)});
  }
  request_rows.insert(request_rows.end(), effects_.request_rows.begin(),
                      effects_.request_rows.end());
  action_rows.insert(action_rows.end(), effects_.action_rows.begin(), effects_.action_rows.end());
  warnings.insert(warnings.end(), effects_.warnings.begin(), effects_.warnings.end());
  effects_.Clear();
}

namespace {

template <typename Row>
std::string Formatted(const Row& row) {
  std::string text(telemetry::kMaxRowBytes, '\0');
  const char* end = telemetry::FormatRow(row, text.data());
  text.resize(static_cast<std::size_t>(end - text.data()) - 1);
  return text;
}

}  // namespace

std::string Line(const telemetry::RequestRow& row) { return Formatted(row); }
std::string Line(const telemetry::ActionRow& row) { return Formatted(row); }

}  // namespace clockwork::controller
