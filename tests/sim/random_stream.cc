#include "tests/sim/random_stream.h"

#include <memory>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/sim/trial_simulation.h"

namespace clockwork::sim {
namespace {

constexpr std::uint32_t kPagesPerModel = 5;
constexpr std::uint32_t kPagesPerGpu = 100;
constexpr Nanos kBeginNs = 1'600'000'000 * kSecond;

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Below(std::uint64_t end) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return (z ^ (z >> 31)) % end;
  }
  bool OneIn(std::uint64_t count) { return Below(count) == 0; }

 private:
  std::uint64_t state_;
};

controller::Cluster MakeCluster(const RandomStreamOptions& options) {
  controller::Cluster cluster;
  cluster.workers.assign(options.workers, {options.gpus_per_worker, kPagesPerGpu});
  for (std::uint32_t m = 0; m < options.models; ++m) {
    const Nanos unit_ns = kMillisecond + m * 50 * kMicrosecond;
    controller::ModelDescription model;
    model.model_id = m;
    model.weights_pages = kPagesPerModel + m % 3;
    model.load_ns = 3 * unit_ns;
    // Every seventh id belongs to no model.
    if (m % 7 != 6)
      model.batches = {{1, unit_ns}, {2, 2 * unit_ns}, {4, 3 * unit_ns}, {8, 5 * unit_ns}};
    cluster.models.push_back(std::move(model));
  }
  return cluster;
}

class Generator {
 public:
  explicit Generator(const RandomStreamOptions& options)
      : options_(options), random_(options.seed) {
    stream_.options = PublishedSchedulerOptions();
    stream_.options.max_gpus = UINT32_MAX;
    stream_.cluster = MakeCluster(options);
    scheduler_ = MakeScheduler(stream_);
  }

  EventStream Run() {
    for (std::size_t i = 0; i < options_.requests; ++i) {
      const Nanos arrival_ns =
          now_ns_ +
          static_cast<Nanos>(random_.Below(static_cast<std::uint64_t>(2 * options_.mean_gap_ns)));
      RunUntil(arrival_ns);
      Ask();
      if (i == options_.requests / 2) Tell(WorkerLost{options_.workers - 1});
      if (!random_.OneIn(3)) Tell(Turn{});
    }
    RunUntil(now_ns_ + 2 * kSecond);
    return std::move(stream_);
  }

 private:
  struct Pending {
    Nanos at_ns;
    std::uint64_t sequence;
    Event event;
    friend bool operator>(const Pending& a, const Pending& b) {
      return std::tie(a.at_ns, a.sequence) > std::tie(b.at_ns, b.sequence);
    }
  };

  void Ask() {
    controller::InferenceArrival arrival;
    arrival.asker.client = static_cast<std::uint32_t>(random_.Below(3));
    arrival.asker.message_id = asked_;
    arrival.asker.user_request_id = static_cast<std::int32_t>(asked_++);
    // Few models get most requests; some ids do not exist.
    const std::uint64_t among = random_.OneIn(4) ? options_.models + 2 : 4;
    arrival.model_id = static_cast<std::uint32_t>(random_.Below(among));
    if (random_.OneIn(5)) arrival.slo_factor = static_cast<float>(random_.Below(60)) / 2;
    Tell(arrival);
  }

  void RunUntil(Nanos end_ns) {
    while (true) {
      const Nanos wake_ns = scheduler_->NextWakeNs();
      const Nanos result_ns = pending_.empty() ? kNever : pending_.top().at_ns;
      if (std::min(wake_ns, result_ns) > end_ns) break;
      if (wake_ns <= result_ns) {
        now_ns_ = std::max(now_ns_, wake_ns);
        Tell(Turn{});
        continue;
      }
      now_ns_ = std::max(now_ns_, result_ns);
      const Event event = pending_.top().event;
      pending_.pop();
      std::visit([this](const auto& content) { Tell(content); }, event.content);
      Tell(Turn{});
    }
    now_ns_ = std::max(now_ns_, end_ns);
  }

  template <typename Content>
  void Tell(const Content& content) {
    const Event event{now_ns_, content};
    stream_.events.push_back(event);
    sim::Tell(event, scheduler_.get(), &effects_);
    for (const controller::ActionToSend& action : effects_.actions) Respond(action);
    effects_.Clear();
  }

  // Decides what becomes of an action, and when.
  void Respond(const controller::ActionToSend& action) {
    const Nanos begin_ns = now_ns_ + static_cast<Nanos>(random_.Below(kMillisecond));
    Nanos end_ns = begin_ns + action.expected_duration_ns;
    if (random_.OneIn(10)) end_ns += static_cast<Nanos>(random_.Below(30 * kMillisecond));
    const auto time = [](Nanos ns) { return static_cast<std::uint64_t>(ns); };
    const wire::Timing timing{time(begin_ns), time(end_ns), time(end_ns - begin_ns)};
    if (action.kind == controller::ActionKind::kInfer && random_.OneIn(50)) {
      Post(now_ns_ + 1, NotSent{action.action_id});
    } else if (random_.OneIn(30)) {
      Post(end_ns, wire::ErrorResult{action.action_id, 2, 80, "by chance", time(begin_ns), 0});
    } else if (action.kind == controller::ActionKind::kInfer) {
      wire::InferResult result;
      result.action_id = action.action_id;
      result.exec = timing;
      result.copy_output = timing;
      result.gpu_clock_before = 1380;
      result.gpu_clock = random_.OneIn(20) ? 1200 : 1380;
      Post(end_ns, result);
    } else {
      const wire::WeightsResult result{action.action_id, timing, time(begin_ns), time(end_ns)};
      if (action.kind == controller::ActionKind::kLoad) {
        Post(end_ns, LoadResult{result});
      } else {
        Post(end_ns, EvictResult{result});
      }
    }
  }

  template <typename Content>
  void Post(Nanos at_ns, const Content& content) {
    pending_.push({at_ns, sequence_++, Event{at_ns, content}});
  }

  const RandomStreamOptions options_;
  Random random_;
  EventStream stream_;
  std::unique_ptr<controller::Scheduler> scheduler_;
  controller::Effects effects_;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
  std::uint64_t sequence_ = 0;
  std::uint64_t asked_ = 0;
  Nanos now_ns_ = kBeginNs;
};

}  // namespace

EventStream RandomStream(const RandomStreamOptions& options) { return Generator(options).Run(); }

}  // namespace clockwork::sim
