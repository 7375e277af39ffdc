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
    // What is answered after the last step is counted there, as in the telemetry.
    const bool is_last = step + 1 == result.steps.size();
    const std::size_t end = is_last ? result.windows.size() : (step + 1) * kWindowsPerStep;
    EXPECT_NEAR(Requests(result, step * kWindowsPerStep, end),
                result.steps[step].goodput_rps * kPeriodSeconds, 1e-6);
  }
}

TEST_F(IdealWindows, AreNotKeptUnlessAskedForAndChangeNothing) {
  const sim::TrialResult without = Run(0);
  EXPECT_TRUE(without.windows.empty());
  EXPECT_EQ(without.fingerprint, Run(kWindowNs).fingerprint);
}

}  // namespace
}  // namespace clockwork::bench
