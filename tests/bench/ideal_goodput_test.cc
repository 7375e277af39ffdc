#include "tests/bench/ideal_goodput.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "images/common/base/time.h"

namespace clockwork::bench {
namespace {

constexpr std::int64_t kPeriodSeconds = 2;
constexpr Nanos kWindowNs = kSecond / 2;
constexpr std::size_t kWindowsPerStep = kPeriodSeconds * kSecond / kWindowNs;

class IdealWindows : public ::testing::Test {
 protected:
  static sim::TrialResult Run(Nanos window_ns) {
    sim::TrialOptions options = IdealOptions(2, kPeriodSeconds, 0);
    options.window_ns = window_ns;
    return sim::RunTrial(options);
  }

  // Requests in windows [from, to).
  static double Requests(const sim::TrialResult& result, std::size_t from, std::size_t to) {
    double rps = 0;
    for (std::size_t i = from; i < std::min(to, result.windows.size()); ++i) {
      rps += result.windows[i];
    }
    return rps * kWindowNs / kSecond;
  }
};

TEST_F(IdealWindows, OfAStepAreItsGoodput) {
  const sim::TrialResult result = Run(kWindowNs);
  ASSERT_GT(result.steps.size(), 1);
  ASSERT_GT(result.peak_goodput_rps, 0);
  for (std::size_t step = 0; step < result.steps.size(); ++step) {
    SCOPED_TRACE(step);
    EXPECT_NEAR(Requests(result, step * kWindowsPerStep, (step + 1) * kWindowsPerStep),
                result.steps[step].goodput_rps * kPeriodSeconds, 1e-6);
  }
}

TEST_F(IdealWindows, GoOnAfterTheLastStepWithWhatIsNoGoodputOfIt) {
  const sim::TrialResult result = Run(kWindowNs);
  const std::size_t end = result.steps.size() * kWindowsPerStep;
  ASSERT_GT(result.windows.size(), end);
  EXPECT_GT(Requests(result, end, result.windows.size()), 0);
}

TEST_F(IdealWindows, AreNotKeptUnlessAskedForAndChangeNothing) {
  const sim::TrialResult without = Run(0);
  EXPECT_TRUE(without.windows.empty());
  EXPECT_EQ(without.fingerprint, Run(kWindowNs).fingerprint);
}

}  // namespace
}  // namespace clockwork::bench
