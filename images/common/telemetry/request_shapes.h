#pragma once

// Where the fields of a request's line stand, by the places of its separators. The lines of a log
// have few shapes: what follows from one is worked out once and looked up for every other line of
// it. Pure. One thread.

#include <array>
#include <cstddef>
#include <cstdint>

namespace clockwork::telemetry {

// Places count from the separator behind t, which is at 0.
struct alignas(64) RequestShape {
  std::uint64_t separators = 0;  // a bit per place; 0: none yet
  // The digits' values (JoinFour) of latency in the 16 bytes before its end, of t in its last 8 and
  // of model_id in the 8 bytes before its end.
  std::array<std::uint64_t, 4> digits = {};
  // Those of result and arrival_count in the 4 bytes before their ends.
  std::uint64_t few_digits = 0;
  std::uint8_t result_end = 0;
  std::uint8_t model_id_end = 0;
  std::uint8_t latency_end = 0;
  std::uint8_t deadline_met = 0;
  std::uint8_t arrival_count_end = 0;
  std::uint8_t is_coldstart = 0;
  std::uint8_t line_end = 0;
};

class RequestShapes {
 public:
  // `separators`: where something is no digit, from the first separator to the one that ends the
  // line, if the mask holds that. Null: a line with as many is not of the usual form, or its
  // numbers are long ones. What it returns stays until the next call; for a mask of 0, which has no
  // separator at all, it may say anything.
  const RequestShape* Find(std::uint64_t separators) {
    RequestShape* const shape = &shapes_[(separators * kHashFactor) >> (64 - kIndexBits)];
    return shape->separators == separators ? shape : Make(separators, shape);
  }

 private:
  static constexpr std::uint64_t kHashFactor = 0x9E3779B97F4A7C15;  // 2^64 over the golden ratio
  static constexpr int kIndexBits = 8;

  static const RequestShape* Make(std::uint64_t separators, RequestShape* shape);

  std::array<RequestShape, std::size_t{1} << kIndexBits> shapes_;
};

}  // namespace clockwork::telemetry
