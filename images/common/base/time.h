#pragma once

// Time is a signed 64-bit number of nanoseconds, whether a point (since the Unix epoch, or since
// the start of a simulation) or a span; the variable's name ends in _ns and says which. Signed,
// because differences and deadlines in the past are ordinary values. Only the wire uses unsigned
// words.

#include <cstdint>

namespace clockwork {

using Nanos = std::int64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;
// "Never": later than every point that occurs, and safe to compare with.
inline constexpr Nanos kNever = INT64_MAX;

}  // namespace clockwork
