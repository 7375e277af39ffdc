#pragma once

// A synthetic day with the published statistics of the Azure Functions 2019 trace, so that nothing
// has to be downloaded (reference/calibration.md "The synthetic day", reference/paper.md §3):
//
//   46,413 functions; the busiest 1, 3, 10, 46, 464 and 4,641 make 13.5, 30.2, 44.0, 70, 93
//   and 99.5 % of all calls, with straight lines between these points in a log-log plot; minutes
//   0..7 have 11,150, 9,969, ... 11,102 calls/s; the day's mean is 10,331 calls/s; its busiest hour
//   (13) has 1.088 times the mean, its quietest (4) 0.913 times.
//
// Every count is computed when asked for, from 400 KB of tables. In each minute the calls are dealt
// to the functions at even distances along the cumulative popularity, from a starting point that
// the seed gives: each minute's total is met exactly, each function gets its share within one call,
// and a function with less than one call per minute gets its calls in random minutes.
//
// Functions are numbered by popularity. The day's sums of neighbours among the rare ones may come
// out in another order by chance.
//
// Pure and immutable; the same seed gives the same day everywhere.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "images/client/core/trace.h"

namespace clockwork::client {

inline constexpr std::size_t kSyntheticFunctions = 46'413;
inline constexpr std::int64_t kSyntheticDayCalls = 10'331LL * 86'400;

class SyntheticDay final : public Trace {
 public:
  explicit SyntheticDay(std::uint64_t seed);

  std::size_t functions() const override { return kSyntheticFunctions; }
  std::uint32_t Count(std::uint32_t function, std::uint32_t minute) const override {
    return static_cast<std::uint32_t>(Dealt(function + 1, minute) - Dealt(function, minute));
  }
  // Even the rarest function has more than 40 calls a day at the mean.
  bool HasCalls(std::uint32_t) const override { return true; }
  std::string Description() const override;

  // Calls of all functions in a minute.
  std::uint32_t MinuteTotal(std::uint32_t minute) const {
    return static_cast<std::uint32_t>(minute_calls_[minute]);
  }

 private:
  // Popularity is a fraction of all calls in units of 2^-40.
  static constexpr int kFractionBits = 40;

  // Calls dealt in a minute to the functions before `function`.
  std::uint64_t Dealt(std::uint32_t function, std::uint32_t minute) const {
    return (minute_calls_[minute] * cumulative_[function] + minute_offset_[minute]) >>
           kFractionBits;
  }

  std::uint64_t seed_;
  std::vector<std::uint64_t> cumulative_;  // of the functions before i; cumulative_[F] is 1
  std::array<std::uint64_t, kMinutesPerDay> minute_calls_{};
  std::array<std::uint64_t, kMinutesPerDay> minute_offset_{};  // below one call
};

}  // namespace clockwork::client
