#include "tests/sim/trial_simulation.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <set>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "images/client/core/mapping.h"
#include "images/client/core/scalability_workload.h"
#include "images/client/core/synthetic_day.h"
#include "images/common/model/zoo.h"
#include "images/common/wire/client_messages.h"
#include "images/controller/core/scheduler.h"
#include "images/worker_dummy/core/worker.h"

namespace clockwork::sim {
namespace {

constexpr Nanos kStartNs = 1'600'000'000 * kSecond;  // any point in time
constexpr Nanos kDrainNs = kSecond;                  // after the last request, for the last answers

struct Request {
  std::uint32_t number;
  std::uint32_t model;
  std::uint32_t user_id;
};

struct Message {
  Nanos at_ns;
  std::uint64_t sequence;  // messages arrive in the order they were sent
  std::variant<Request, controller::ActionToSend, worker::AnyResult> content;
  friend bool operator>(const Message& a, const Message& b) {
    return std::tie(a.at_ns, a.sequence) > std::tie(b.at_ns, b.sequence);
  }
};

class Simulation {
 public:
  Simulation(const TrialOptions& options, EventStream* stream)
      : options_(options),
        stream_(stream),
        day_(1),
        worker_(Config(options)),
        schedule_(Schedule(options)) {
    controller::Cluster cluster;
    cluster.workers = {{options.gpus, worker_.config().PagesPerGpu()}};
    LoadModels(&cluster);
    models_ = cluster.models.size();
    controller::SchedulerOptions scheduler_options = options.scheduler;
    scheduler_options.max_gpus = options.gpus;
    EventStream initial{scheduler_options, std::move(cluster), {}};
    scheduler_ = MakeScheduler(initial);
    if (stream_ != nullptr) *stream_ = std::move(initial);
    workload_ =
        std::make_unique<client::ScalabilityWorkload>(day_, schedule_, models_, options.seed);
    result_.steps.resize(schedule_.steps.size());
    for (std::size_t i = 0; i < schedule_.steps.size(); ++i) {
      result_.steps[i].factor = schedule_.steps[i].factor;
    }
    batch_sums_.resize(schedule_.steps.size());
  }

  TrialResult Run() {
    const Nanos end_ns = kStartNs + schedule_.TotalNs() + kDrainNs;
    while (true) {
      const Nanos next_ns = NextNs();
      if (next_ns > end_ns) break;
      now_ns_ = AfterPause(std::max(now_ns_, next_ns));
      SendDueRequests();
      Deliver();
      worker_.OnTimer(now_ns_, &worker_effects_);
      FlushWorker();
      if (now_ns_ < next_turn_ns_) continue;
      ReadInbox();
      Tell(Turn{});
      next_turn_ns_ = now_ns_ + std::max(options_.turn_ns, busy_ns_);
      busy_ns_ = 0;
    }
    Summarise();
    return result_;
  }

 private:
  static worker::WorkerConfig Config(const TrialOptions& options) {
    worker::WorkerConfig config;
    config.gpus = options.gpus;
    return config;
  }

  static client::StepSchedule Schedule(const TrialOptions& options) {
    auto schedule = client::MakeStepSchedule(
        options.gpus, {options.factor_min, options.factor_max, options.factor_step},
        options.period_seconds);
    if (!schedule.ok()) std::abort();
    return *schedule;
  }

  void LoadModels(controller::Cluster* cluster) {
    const Zoo& zoo = *FindBuiltinZoo("v100-osdi20");
    const auto copies = client::CopiesPerEntry(options_.memory_load_factor);
    const ModelOrder order =
        options_.alphabetical ? ModelOrder::kAlphabetical : ModelOrder::kPublished;
    std::int32_t action_id = 0;
    for (const ZooEntry& entry : ZooEntries(zoo, order)) {
      const ModelSpec& spec = *FindBuiltinModel(entry.path);
      wire::LoadModelAction action;
      action.action_id = action_id++;
      action.model_id = static_cast<std::int32_t>(cluster->models.size());
      action.model_path = entry.path;
      action.latest_ns = UINT64_MAX;
      action.copies = static_cast<std::int32_t>(*copies);
      action.max_batch_size = options_.scheduler.max_batch;
      action.max_exec_ns = static_cast<std::uint64_t>(options_.scheduler.max_exec_ns);
      worker_.OnAction(now_ns_, {}, action, &worker_effects_);
      ModelRead read;
      read.spec = spec;
      worker_.OnModelRead(now_ns_, read, &worker_effects_);
      worker_effects_ = {};
      for (std::uint32_t copy = 0; copy < *copies; ++copy) {
        controller::ModelDescription model;
        model.model_id = static_cast<std::uint32_t>(cluster->models.size());
        model.path = entry.path;
        model.weights_pages = spec.weights_pages;
        model.load_ns = spec.load_ns;
        for (const BatchTime& batch : spec.batches) {
          model.batches.push_back({batch.batch_size, batch.exec_ns});
        }
        cluster->models.push_back(std::move(model));
      }
    }
  }

  Nanos AfterPause(Nanos t_ns) const {
    const Nanos into_ns = (t_ns - kStartNs) % options_.pause_every_ns;
    return into_ns < options_.pause_ns ? t_ns - into_ns + options_.pause_ns : t_ns;
  }

  Nanos NextNs() const {
    Nanos next_ns =
        std::min(std::max(scheduler_->NextWakeNs(), next_turn_ns_), worker_.NextWakeNs());
    // What was told between two turns waits for the next.
    if (told_ || !inbox_.empty()) next_ns = std::min(next_ns, next_turn_ns_);
    if (workload_->NextNs() != kNever) next_ns = std::min(next_ns, kStartNs + workload_->NextNs());
    if (!messages_.empty()) next_ns = std::min(next_ns, messages_.top().at_ns);
    return next_ns;
  }

  template <typename Content>
  void Post(Content content) {
    messages_.push({now_ns_ + busy_ns_ + options_.one_way_ns, sequence_++, std::move(content)});
  }

  void SendDueRequests() {
    while (workload_->NextNs() != kNever && kStartNs + workload_->NextNs() <= now_ns_) {
      const client::ScheduledRequest request = workload_->Pop();
      const auto number = static_cast<std::uint32_t>(answered_.size());
      answered_.push_back(false);
      sent_.push_back({kStartNs + request.time_ns, request.step});
      ++result_.sent;
      result_.steps[request.step].offered_rps += 1;
      Post(Request{number, request.model, request.user_id});
    }
  }

  void Deliver() {
    while (!messages_.empty() && messages_.top().at_ns <= now_ns_) {
      auto content = messages_.top().content;
      messages_.pop();
      std::visit([this](const auto& message) { Handle(message); }, content);
    }
  }

  void Handle(const Request& request) {
    controller::InferenceArrival arrival;
    arrival.asker.message_id = request.number;
    arrival.asker.user_request_id = static_cast<std::int32_t>(request.number);
    arrival.asker.user_id = static_cast<std::int32_t>(request.user_id);
    arrival.model_id = request.model;
    if (options_.costs.request_ns == 0) {
      Tell(arrival);
    } else {
      inbox_.push_back(arrival);
    }
  }

  // As a turn of the controller reads its socket.
  void ReadInbox() {
    const std::size_t count = std::min(inbox_.size(), options_.costs.requests_per_turn);
    if (inbox_.size() == count) {
      behind_since_ns_ = kNever;
    } else if (behind_since_ns_ == kNever) {
      behind_since_ns_ = now_ns_;
    }
    for (std::size_t i = 0; i < count; ++i) {
      controller::InferenceArrival arrival = inbox_.front();
      inbox_.pop_front();
      if (behind_since_ns_ != kNever) arrival.behind_ns = now_ns_ - behind_since_ns_;
      const std::uint64_t shed = scheduler_->counters().shed;
      Tell(arrival);
      const bool was_shed = scheduler_->counters().shed > shed;
      busy_ns_ += was_shed ? options_.costs.shed_ns : options_.costs.request_ns;
    }
  }

  void Handle(const controller::ActionToSend& action) {
    worker::Origin origin;
    origin.received_ns = now_ns_;
    const auto model = static_cast<std::int32_t>(action.model_id);
    switch (action.kind) {
      case controller::ActionKind::kInfer: {
        wire::InferAction infer;
        infer.action_id = action.action_id;
        infer.model_id = model;
        infer.gpu_id = action.gpu;
        infer.earliest_ns = action.earliest_ns;
        infer.latest_ns = action.latest_ns;
        infer.batch_size = action.batch_size;
        infer.input_sizes.assign(action.batch_size, 0);
        worker_.OnAction(now_ns_, origin, infer, 0, &worker_effects_);
        break;
      }
      case controller::ActionKind::kLoad:
        worker_.OnAction(now_ns_, origin,
                         wire::LoadWeightsAction{action.action_id, model, action.gpu,
                                                 action.earliest_ns, action.latest_ns, 0},
                         &worker_effects_);
        break;
      case controller::ActionKind::kEvict:
        worker_.OnAction(now_ns_, origin,
                         wire::EvictWeightsAction{action.action_id, model, action.gpu,
                                                  action.earliest_ns, action.latest_ns},
                         &worker_effects_);
        break;
    }
    FlushWorker();
  }

  void Handle(const worker::AnyResult& any) {
    ++result_.results;
    std::visit(
        [this](const auto& result) {
          using Result = std::decay_t<decltype(result)>;
          if constexpr (std::is_same_v<Result, wire::InferResult>) {
            Tell(result);
          } else if constexpr (std::is_same_v<Result, wire::ErrorResult>) {
            Tell(result);
          } else if constexpr (std::is_same_v<Result, wire::WeightsResult>) {
            // A load and an eviction have the same result; the scheduler knows which it asked for.
            if (evictions_.erase(result.action_id) > 0) {
              Tell(EvictResult{result});
            } else {
              Tell(LoadResult{result});
            }
          }
        },
        any);
  }

  template <typename Content>
  void Tell(const Content& content) {
    const Event event{now_ns_, content};
    if (stream_ != nullptr) stream_->events.push_back(event);
    sim::Tell(event, scheduler_.get(), &effects_);
    told_ = !std::is_same_v<Content, Turn>;
    FlushScheduler();
  }

  void FlushWorker() {
    for (worker::OutgoingResult& outgoing : worker_effects_.results) {
      worker::StampSent(now_ns_, &outgoing);
      Post(std::move(outgoing.result));
    }
    worker_effects_.results.clear();
  }

  void FlushScheduler() {
    for (const controller::ActionToSend& action : effects_.actions) {
      ++result_.actions;
      busy_ns_ += options_.costs.action_ns;
      Mix(static_cast<std::uint64_t>(now_ns_));
      Mix(static_cast<std::uint64_t>(action.kind) << 32 | action.gpu);
      Mix(static_cast<std::uint64_t>(action.model_id) << 32 | action.batch_size);
      if (action.kind == controller::ActionKind::kEvict) evictions_.insert(action.action_id);
      Post(action);
    }
    for (const controller::InferenceAnswer& answer : effects_.answers) {
      ++result_.answered;
      if (answered_[answer.asker.message_id]) ++result_.answered_twice;
      answered_[answer.asker.message_id] = true;
      const auto& [sent_ns, step] = sent_[answer.asker.message_id];
      const Nanos latency_ns = now_ns_ + busy_ns_ + options_.one_way_ns - sent_ns;
      if (answer.status == wire::kStatusSuccess &&
          latency_ns <= options_.scheduler.default_slo_ns) {
        result_.steps[step].in_time_rps += 1;
      }
    }
    for (const auto& row : effects_.request_rows) {
      ++result_.request_rows;
      if (row.deadline_met) CountGood(row.t);
    }
    for (const auto& row : effects_.action_rows) {
      ++result_.action_rows;
      if (row.action_type != wire::kActionInfer || !InSteps(row.t)) continue;
      auto& [squares, sum] = batch_sums_[StepIndex(row.t)];
      squares += static_cast<double>(row.batch_size) * row.batch_size;
      sum += row.batch_size;
    }
    for (const std::string& warning : effects_.warnings) result_.warnings.push_back(warning);
    effects_.Clear();
  }

  void CountGood(Nanos t_ns) {
    if (InSteps(t_ns)) result_.steps[StepIndex(t_ns)].goodput_rps += 1;
    if (options_.window_ns == 0) return;
    const auto window = static_cast<std::size_t>((t_ns - kStartNs) / options_.window_ns);
    if (window >= result_.windows.size()) result_.windows.resize(window + 1);
    result_.windows[window] +=
        static_cast<double>(kSecond) / static_cast<double>(options_.window_ns);
  }

  // What happens after the last step belongs to none of them, as in a trial's telemetry.
  bool InSteps(Nanos t_ns) const { return t_ns < kStartNs + schedule_.TotalNs(); }
  std::size_t StepIndex(Nanos t_ns) const { return schedule_.StepAt(t_ns - kStartNs); }
  void Mix(std::uint64_t value) {
    result_.fingerprint = (result_.fingerprint ^ value) * 0x9e3779b97f4a7c15ULL;
    result_.fingerprint ^= result_.fingerprint >> 29;
  }

  void Summarise() {
    const auto seconds = static_cast<double>(schedule_.period_ns) / kSecond;
    for (std::size_t i = 0; i < result_.steps.size(); ++i) {
      StepResult& step = result_.steps[i];
      step.offered_rps /= seconds;
      step.goodput_rps /= seconds;
      step.in_time_rps /= seconds;
      const auto& [squares, sum] = batch_sums_[i];
      step.mean_batch = sum > 0 ? squares / sum : 0;
      result_.peak_goodput_rps = std::max(result_.peak_goodput_rps, step.goodput_rps);
    }
    result_.loads = scheduler_->counters().loads;
    result_.failed_actions = scheduler_->counters().failed_actions;
    result_.shed = scheduler_->counters().shed;
  }

  const TrialOptions options_;
  EventStream* const stream_;
  client::SyntheticDay day_;
  worker::Worker worker_;
  client::StepSchedule schedule_;
  std::size_t models_ = 0;
  std::unique_ptr<controller::Scheduler> scheduler_;
  std::unique_ptr<client::ScalabilityWorkload> workload_;
  Nanos now_ns_ = kStartNs;
  Nanos next_turn_ns_ = 0;
  bool told_ = false;  // something since the last turn
  // With costs: requests that have arrived and are not read; since when a turn has left some; and
  // how long the current turn has taken.
  std::deque<controller::InferenceArrival> inbox_;
  Nanos behind_since_ns_ = kNever;
  Nanos busy_ns_ = 0;
  std::uint64_t sequence_ = 0;
  std::priority_queue<Message, std::vector<Message>, std::greater<>> messages_;
  controller::Effects effects_;
  worker::Effects worker_effects_;
  std::set<std::int32_t> evictions_;
  std::vector<bool> answered_;
  std::vector<std::pair<Nanos, std::size_t>> sent_;  // by request: when, in which step
  std::vector<std::pair<double, double>> batch_sums_;
  TrialResult result_;
};

}  // namespace

controller::SchedulerOptions PublishedSchedulerOptions() {
  controller::SchedulerOptions options;
  options.schedule_ahead_ns = 5 * kMillisecond;
  options.default_slo_ns = 100 * kMillisecond;
  options.max_exec_ns = 25 * kMillisecond;
  options.max_batch = 8;
  return options;
}

TrialResult RunTrial(const TrialOptions& options, EventStream* stream) {
  return Simulation(options, stream).Run();
}

}  // namespace clockwork::sim
