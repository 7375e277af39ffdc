// Several candidates with clocks of their own, a network that delays and loses, an API server with
// outages: whatever happens, no two may write at once.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "operator/kube/election_state.h"

namespace clockwork::kube {
namespace {

using Action = ElectionStep::Action;

constexpr Nanos kRequestTimeoutNs = 5 * kSecond;

// One record with compare-and-swap.
class LeaseServer {
 public:
  Outcome<LeaseRecord> Do(Action action, LeaseRecord record) {
    if (action == Action::kGet) {
      if (version_ == 0) return LocalError(Failure::kNotFound, "");
      return record_;
    }
    if (action == Action::kCreate && version_ != 0) return LocalError(Failure::kAlreadyExists, "");
    if (action == Action::kUpdate && record.resource_version != record_.resource_version) {
      return LocalError(Failure::kConflict, "");
    }
    record.resource_version = std::to_string(++version_);
    record_ = record;
    return record_;
  }

 private:
  int version_ = 0;
  LeaseRecord record_;
};

struct Candidate {
  std::unique_ptr<ElectionState> state;
  double rate = 1;            // of its clock
  Nanos offset_ns = 0;        // of its clock
  int life = 0;               // answers to an earlier life are not heard
  Nanos writes_until_ns = 0;  // true time

  Nanos Local(Nanos true_ns) const {
    return offset_ns + static_cast<Nanos>(static_cast<double>(true_ns) * rate);
  }
  Nanos True(Nanos local_ns) const {
    return static_cast<Nanos>(static_cast<double>(local_ns - offset_ns) / rate) + 1;
  }
};

class Simulation {
 public:
  explicit Simulation(unsigned seed) : random_(seed), candidates_(3) {
    for (Candidate& candidate : candidates_) {
      candidate.rate = 0.9 + 0.2 * Draw();
      candidate.offset_ns = static_cast<Nanos>(Draw() * 1e15);
      Begin(&candidate);
    }
    for (Nanos at_ns = 0; at_ns < kEndNs; at_ns += 60 * kSecond) {
      const Nanos from_ns = at_ns + Span(30 * kSecond);
      if (Draw() < 0.5) outages_.emplace_back(from_ns, from_ns + Span(40 * kSecond));
    }
  }

  void Run() {
    while (!events_.empty() && events_.begin()->first < kEndNs) {
      auto event = events_.extract(events_.begin());
      now_ns_ = event.key();
      event.mapped()();
    }
  }

  int overlaps() const { return overlaps_; }
  int acquisitions() const { return acquisitions_; }
  // How long somebody was allowed to write, together.
  Nanos led_ns() const { return led_ns_; }

  static constexpr Nanos kEndNs = 1800 * kSecond;

 private:
  double Draw() { return static_cast<double>(random_()) * 0x1p-32; }
  Nanos Span(Nanos most_ns) { return static_cast<Nanos>(Draw() * static_cast<double>(most_ns)); }
  void At(Nanos true_ns, std::function<void()> what) {
    events_.emplace(std::max(true_ns, now_ns_), std::move(what));
  }
  bool Out(Nanos true_ns) const {
    return std::any_of(outages_.begin(), outages_.end(), [&](const auto& outage) {
      return true_ns >= outage.first && true_ns < outage.second;
    });
  }

  void Begin(Candidate* candidate) {
    ++candidate->life;
    const std::string identity = "candidate-" + std::to_string(++identities_);
    candidate->state = std::make_unique<ElectionState>(ElectionOptions{.identity = identity},
                                                       SeededRandom(random_()));
    Schedule(candidate);
  }

  // The thread of the candidate: waits for its next step or its fence.
  void Schedule(Candidate* candidate) {
    const ElectionState& state = *candidate->state;
    const Nanos fence_ns = state.leading() ? state.fence_ns() : kNever;
    const Nanos local_ns = std::min(state.next().not_before_ns, fence_ns);
    At(candidate->True(local_ns), [this, candidate, life = candidate->life] {
      if (life == candidate->life) Wake(candidate);
    });
  }

  void Wake(Candidate* candidate) {
    if (Draw() < 0.002) return Die(candidate);
    const Nanos local_ns = candidate->Local(now_ns_);
    if (candidate->state->OnTime(local_ns) == ElectionChange::kLost) return Schedule(candidate);
    if (local_ns < candidate->state->next().not_before_ns) return Schedule(candidate);
    Send(candidate);
  }

  // Ends without a word, or in order with a release; another process takes its place.
  void Die(Candidate* candidate) {
    candidate->writes_until_ns = std::min(candidate->writes_until_ns, now_ns_);
    if (Draw() < 0.5 && !Out(now_ns_)) {
      if (const auto record = candidate->state->Release(now_ns_)) {
        (void)server_.Do(Action::kUpdate, *record);
      }
    }
    Begin(candidate);
  }

  void Send(Candidate* candidate) {
    const Action action = candidate->state->next().action;
    const LeaseRecord record = candidate->state->RecordToWrite(now_ns_ + Span(kSecond));
    const Nanos sent_ns = candidate->Local(now_ns_);
    const double fate = Draw();
    if (Out(now_ns_) || fate < 0.05) {  // never executed
      const Nanos wait_ns = Draw() < 0.5 ? kMillisecond : kRequestTimeoutNs;
      return Answer(candidate, sent_ns, now_ns_ + wait_ns, LocalError(Failure::kTimeout, ""));
    }
    if (fate < 0.1) {  // executed, perhaps after the candidate has given up; the answer is lost
      At(now_ns_ + Span(20 * kSecond),
         [this, action, record] { (void)server_.Do(action, record); });
      return Answer(candidate, sent_ns, now_ns_ + kRequestTimeoutNs,
                    LocalError(Failure::kTimeout, ""));
    }
    const Nanos most_ns = fate < 0.2 ? kRequestTimeoutNs / 2 : 20 * kMillisecond;
    At(now_ns_ + Span(most_ns), [=, this, life = candidate->life] {
      const Outcome<LeaseRecord> answer = server_.Do(action, record);
      if (life == candidate->life) Answer(candidate, sent_ns, now_ns_ + Span(most_ns), answer);
    });
  }

  void Answer(Candidate* candidate, Nanos sent_ns, Nanos at_ns, Outcome<LeaseRecord> answer) {
    At(at_ns, [=, this, life = candidate->life] {
      if (life != candidate->life) return;
      ElectionState& state = *candidate->state;
      if (state.OnAnswer(sent_ns, candidate->Local(now_ns_), answer) == ElectionChange::kAcquired) {
        ++acquisitions_;
      }
      Judge(candidate);
      Schedule(candidate);
    });
  }

  // The candidate may write from now until its fence: nobody else may at present.
  void Judge(Candidate* candidate) {
    const ElectionState& state = *candidate->state;
    const Nanos until_ns = state.leading() ? candidate->True(state.fence_ns()) : now_ns_;
    for (const Candidate& other : candidates_) {
      if (&other != candidate && state.leading() && other.writes_until_ns > now_ns_) ++overlaps_;
    }
    const Nanos before_ns = std::max(candidate->writes_until_ns, now_ns_);
    led_ns_ += std::max(Nanos{0}, until_ns - before_ns);
    candidate->writes_until_ns = until_ns;
  }

  std::mt19937 random_;
  Nanos now_ns_ = 0;
  std::multimap<Nanos, std::function<void()>> events_;
  std::vector<std::pair<Nanos, Nanos>> outages_;
  LeaseServer server_;
  std::vector<Candidate> candidates_;
  int identities_ = 0;
  int overlaps_ = 0;
  int acquisitions_ = 0;
  Nanos led_ns_ = 0;
};

TEST(ElectionSimulation, NeverTwoMayWriteAndMostlyOneMay) {
  int acquisitions = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    Simulation simulation(seed);
    simulation.Run();
    ASSERT_EQ(simulation.overlaps(), 0);
    // Outages of a minute's half and deaths included, somebody leads most of the time.
    ASSERT_GT(simulation.led_ns(), Simulation::kEndNs / 4);
    acquisitions += simulation.acquisitions();
  }
  // The lead did change hands, again and again.
  EXPECT_GT(acquisitions, 200 * 5);
}

}  // namespace
}  // namespace clockwork::kube
