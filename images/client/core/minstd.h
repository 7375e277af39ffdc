#pragma once

// The random numbers of a request stream, bit for bit those of the original (spec/workload.md
// §3.3): the minimal standard generator (multiplier 48271, modulus 2^31−1) and exponential draws
// from it. Pure; a value of four bytes.

#include <cstdint>

namespace clockwork::client {

class Minstd {
 public:
  // Seeds are taken modulo 2^31−1; seed 0 becomes 1, so the seeds 0 and 1 give one stream.
  explicit Minstd(std::uint64_t seed) : state_(static_cast<std::uint32_t>(seed % kModulus)) {
    if (state_ == 0) state_ = 1;
  }

  // The next output, 1 .. 2^31−2.
  std::uint32_t Next() {
    state_ = static_cast<std::uint32_t>(std::uint64_t{state_} * kMultiplier % kModulus);
    return state_;
  }

  // An exponential draw with the given rate, truncated to an integer. Takes two outputs.
  std::uint64_t NextExponential(double rate);

 private:
  static constexpr std::uint64_t kModulus = 2147483647;
  static constexpr std::uint64_t kMultiplier = 48271;

  std::uint32_t state_;
};

}  // namespace clockwork::client
