#pragma once

// The trace that drives a workload: how often each function is called in each minute of one day.
// Read-only and shared by all request streams.

#include <cstddef>
#include <cstdint>
#include <string>

namespace clockwork::client {

inline constexpr std::uint32_t kMinutesPerDay = 1440;
// The most functions of a trace. Function numbers travel as 32-bit user ids.
inline constexpr std::size_t kMaxFunctions = std::size_t{1} << 20;

class Trace {
 public:
  Trace() = default;
  virtual ~Trace() = default;
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // Functions are numbered 0 .. functions()−1 in order of popularity, busiest first.
  virtual std::size_t functions() const = 0;

  // Calls of `function` in `minute` (0..1439) at scale 1.
  virtual std::uint32_t Count(std::uint32_t function, std::uint32_t minute) const = 0;

  // False when the function is not called all day.
  virtual bool HasCalls(std::uint32_t function) const = 0;

  // Where it comes from, for people: "synthetic seed 1".
  virtual std::string Description() const = 0;
};

}  // namespace clockwork::client
