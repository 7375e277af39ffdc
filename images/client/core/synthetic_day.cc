#include "images/client/core/synthetic_day.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

#include "images/client/core/splitmix.h"

namespace clockwork::client {
namespace {

struct ShareAtRank {
  double rank;
  double share;
};
constexpr std::array<ShareAtRank, 7> kShares = {{{1, 0.135},
                                                 {3, 0.302},
                                                 {10, 0.44},
                                                 {46, 0.70},
                                                 {464, 0.93},
                                                 {4641, 0.995},
                                                 {kSyntheticFunctions, 1.0}}};

constexpr std::array<std::uint64_t, 8> kFirstMinutesPerSecond = {11'150, 9'969, 9'551,  9'801,
                                                                 9'362,  9'795, 10'363, 11'102};

constexpr std::size_t kHours = 24;
constexpr std::size_t kMinutesPerHour = 60;
constexpr std::size_t kBusiestHour = 13;
constexpr std::size_t kQuietestHour = 4;
constexpr double kPeakToMean = 1.088;
constexpr double kTroughToMean = 0.913;
// How far a minute strays from its hour's mean, at most.
constexpr double kMinuteJitter = 0.05;

// Share of the calls that the busiest `rank` functions make.
double CumulativeShare(double rank) {
  std::size_t upper = 1;
  while (upper + 1 < kShares.size() && rank > kShares[upper].rank) ++upper;
  const ShareAtRank& low = kShares[upper - 1];
  const ShareAtRank& high = kShares[upper];
  const double exponent = std::log(high.share / low.share) / std::log(high.rank / low.rank);
  return low.share * std::pow(rank / low.rank, exponent);
}

// Half a cosine up from the quietest to the busiest hour, and half a cosine down again.
double HourShape(std::size_t hour) {
  constexpr std::size_t kRise = kBusiestHour - kQuietestHour;
  const std::size_t since = (hour + kHours - kQuietestHour) % kHours;
  const double phase =
      since <= kRise ? static_cast<double>(since) / kRise
                     : static_cast<double>(kHours - since) / static_cast<double>(kHours - kRise);
  return kTroughToMean +
         (kPeakToMean - kTroughToMean) * (1 - std::cos(phase * std::numbers::pi)) / 2;
}

// Hourly rates as multiples of the mean. The hours between the extremes take up evenly what the
// shape lacks to a mean of 1.
std::array<double, kHours> HourRates() {
  std::array<double, kHours> rates{};
  double sum = 0;
  for (std::size_t hour = 0; hour < kHours; ++hour) sum += rates[hour] = HourShape(hour);
  const double correction = (static_cast<double>(kHours) - sum) / (kHours - 2);
  for (std::size_t hour = 0; hour < kHours; ++hour) {
    if (hour != kBusiestHour && hour != kQuietestHour) rates[hour] += correction;
  }
  return rates;
}

// Deals `total` out in proportion to `weights`, in integers whose sum is exact.
void Deal(std::uint64_t total, std::span<const double> weights, std::span<std::uint64_t> out) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  double before = 0;
  std::uint64_t dealt = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    before += weights[i];
    const std::uint64_t until =
        i + 1 == weights.size()
            ? total
            : static_cast<std::uint64_t>(static_cast<double>(total) * (before / sum));
    out[i] = until - dealt;
    dealt = until;
  }
}

}  // namespace

SyntheticDay::SyntheticDay(std::uint64_t seed) : seed_(seed) {
  constexpr std::uint64_t kOne = std::uint64_t{1} << kFractionBits;
  cumulative_.reserve(kSyntheticFunctions + 1);
  cumulative_.push_back(0);
  for (std::size_t rank = 1; rank < kSyntheticFunctions; ++rank) {
    cumulative_.push_back(static_cast<std::uint64_t>(
        std::llround(CumulativeShare(static_cast<double>(rank)) * static_cast<double>(kOne))));
  }
  cumulative_.push_back(kOne);

  SplitMix random(seed);
  const std::array<double, kHours> hour_rates = HourRates();
  std::array<std::uint64_t, kHours> hour_calls{};
  Deal(static_cast<std::uint64_t>(kSyntheticDayCalls), hour_rates, hour_calls);
  for (std::size_t hour = 0; hour < kHours; ++hour) {
    std::array<double, kMinutesPerHour> weights{};
    for (double& weight : weights) {
      weight = 1 + kMinuteJitter * (static_cast<double>(random.Below(2001)) / 1000 - 1);
    }
    // The first minutes of the day are given; what they take is missing in the rest of their hour.
    std::size_t given = 0;
    if (hour == 0) {
      for (; given < kFirstMinutesPerSecond.size(); ++given) {
        minute_calls_[given] = kFirstMinutesPerSecond[given] * 60;
        hour_calls[0] -= minute_calls_[given];
      }
    }
    const std::size_t first = hour * kMinutesPerHour + given;
    Deal(hour_calls[hour], std::span(weights).subspan(given),
         std::span(minute_calls_).subspan(first, kMinutesPerHour - given));
  }
  for (std::uint64_t& offset : minute_offset_) offset = random.Next() >> (64 - kFractionBits);
}

std::string SyntheticDay::Description() const { return fmt::format("synthetic seed {}", seed_); }

}  // namespace clockwork::client
