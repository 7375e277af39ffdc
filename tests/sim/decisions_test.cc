// Decisions on recorded event streams stay what they are. The numbers were taken from a version
// whose rules the other tests establish; a faster scheduler must give the same ones, and a change
// of a rule says why it changes them. Nor do they depend on the vectors of the processor: each
// stream is told once more to the loops for processors without.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>

#include "images/controller/core/scheduler.h"
#include "images/controller/core/wide_vectors.h"
#include "tests/sim/event_stream.h"
#include "tests/sim/random_stream.h"
#include "tests/sim/trial_simulation.h"

namespace clockwork::sim {
namespace {

// As a test shows it when it fails.
std::string Describe(const Replayed& replayed) {
  return fmt::format("0x{:016x}, 0x{:016x}", replayed.events, replayed.decisions);
}

std::string Expected(std::uint64_t events, std::uint64_t decisions) {
  return Describe({.events = events, .decisions = decisions});
}

Replayed ReplayWithoutWideVectors(const EventStream& stream) {
  controller::UseWideVectors(false);
  EXPECT_FALSE(controller::HasWideVectors());  // on no processor
  const Replayed replayed = Replay(stream);
  controller::UseWideVectors(true);
  return replayed;
}

// Requests that came to a controller which was behind, whether it took them or shed them.
std::uint64_t ArrivalsBehind(const EventStream& stream) {
  return static_cast<std::uint64_t>(
      std::count_if(stream.events.begin(), stream.events.end(), [](const Event& event) {
        const auto* arrival = std::get_if<controller::InferenceArrival>(&event.content);
        return arrival != nullptr && arrival->behind_ns != 0;
      }));
}

void ExpectDecided(const EventStream& stream, const std::string& expected) {
  EXPECT_EQ(Describe(Replay(stream)), expected);
  EXPECT_EQ(Describe(ReplayWithoutWideVectors(stream)), expected);
}

TrialOptions TrialOf(std::uint32_t gpus, double factor_min, double factor_max) {
  TrialOptions options;
  options.gpus = gpus;
  options.factor_min = factor_min;
  options.factor_max = factor_max;
  options.factor_step = 3;
  options.period_seconds = 1;
  options.scheduler = PublishedSchedulerOptions();
  return options;
}

struct Recording {
  const char* name;
  std::uint32_t gpus;
  double factor_min;
  double factor_max;
  Nanos turn_ns;
  std::uint64_t events;  // when these differ, so does the stream, and nothing is said of decisions
  std::uint64_t decisions;
};

class RecordedTrial : public ::testing::TestWithParam<Recording> {};

TEST_P(RecordedTrial, IsDecidedAsBefore) {
  TrialOptions options = TrialOf(GetParam().gpus, GetParam().factor_min, GetParam().factor_max);
  options.turn_ns = GetParam().turn_ns;
  EventStream stream;
  RunTrial(options, &stream);
  ExpectDecided(stream, Expected(GetParam().events, GetParam().decisions));
}

INSTANTIATE_TEST_SUITE_P(
    Trials, RecordedTrial,
    ::testing::Values(Recording{"TwoGpus", 2, 0.4, 4, 0, 0x3167583a544fbc1c, 0xc31961dd9d3a4d75},
                      Recording{"TenGpus", 10, 0.4, 4, 0, 0x2c6e2345b403052b, 0xbad2f0254d5c5d7c},
                      Recording{"FortyGpusOverloaded", 40, 1.3, 4, 100 * kMicrosecond,
                                0xc481348379b46370, 0x2d65366696b06d84},
                      Recording{"HundredAndFiftyGpus", 150, 0.7, 0.7, 0, 0xc643b500bcd46ff8,
                                0xfb6048feca7b7157},
                      Recording{"HundredAndFiftyGpusOverloaded", 150, 1.5, 1.5, 100 * kMicrosecond,
                                0x1450d753c99dfba0, 0x1c0a077acc67e85f},
                      Recording{"FourHundredGpus", 400, 0.3, 0.3, 50 * kMicrosecond,
                                0xaa108f1e0dd5853f, 0x2dfcb01fbae8bbb3},
                      Recording{"ThousandGpus", 1000, 0.1, 0.1, 100 * kMicrosecond,
                                0xf05818a25471af9d, 0xd3fb9ffeab35cc85}),
    [](const auto& param_info) { return param_info.param.name; });

// So many requests that a controller which costs as much as one for hundreds of GPUs falls behind:
// some are taken though it is, many are shed.
TEST(SheddingTrial, IsDecidedAsBefore) {
  TrialOptions options = TrialOf(10, 4, 12);
  options.costs = {
      .request_ns = 20'000, .shed_ns = 2'000, .action_ns = 5'000, .requests_per_turn = 50};
  EventStream stream;
  const TrialResult result = RunTrial(options, &stream);
  EXPECT_GT(result.shed, result.sent / 10);
  EXPECT_GT(ArrivalsBehind(stream), result.shed);
  ExpectDecided(stream, Expected(0x801227df569e1932, 0xe6fc0e96756500aa));
}

struct Chance {
  const char* name;
  RandomStreamOptions options;
  std::uint64_t events;
  std::uint64_t decisions;
};

class RandomTrial : public ::testing::TestWithParam<Chance> {};

TEST_P(RandomTrial, IsDecidedAsBefore) {
  ExpectDecided(RandomStream(GetParam().options),
                Expected(GetParam().events, GetParam().decisions));
}

INSTANTIATE_TEST_SUITE_P(
    Chances, RandomTrial,
    ::testing::Values(Chance{"TwoWorkers", {}, 0x26f226694a6dd471, 0xd3d8a17f8a272dd5},
                      Chance{"OneWorkerOverloaded",
                             {1, 3, 40, 20'000, 80'000, 7},
                             0xdc9e5bc2dbbe042e,
                             0x93526be4615109f2},
                      Chance{"ManyGpus",
                             {3, 30, 300, 30'000, 30'000, 3},
                             0xfe6bf7e0d989acfd,
                             0xd760e859d257328e}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(Digest, TellsOrderAndValue) {
  Digest one;
  Digest other;
  one.Mix(1);
  one.Mix(2);
  other.Mix(2);
  other.Mix(1);
  EXPECT_NE(one.value(), other.value());
}

}  // namespace
}  // namespace clockwork::sim
