#include "images/common/telemetry/request_shapes.h"

#include <algorithm>
#include <bit>

#include "images/common/telemetry/digits.h"

namespace clockwork::telemetry {
namespace {

enum Field : std::size_t {
  kRequestId,
  kResult,
  kUserId,
  kModelId,
  kSloFactor,
  kLatency,
  kDeadline,
  kDeadlineMet,
  kArrivalCount,
  kDepartureCount,
  kIsColdstart,
  kFields
};
// Digits that fit the columns whatever they are, and the words that numbers are made of.
constexpr std::array<std::size_t, kFields> kMostDigits = {9, 4, 9, 8, 9, 16, 18, 1, 4, 9, 1};
constexpr std::uint64_t kDigitsOfWord = 0x0F0F0F0F0F0F0F0F;

// The last `count` digits of a word.
constexpr std::uint64_t LastDigits(std::size_t count) {
  return count == 0 ? 0 : kDigitsOfWord << (8 * (kWordDigits - count));
}
constexpr std::uint64_t LastOfFour(std::size_t count) { return LastDigits(count) >> 32; }

}  // namespace

const RequestShape* RequestShapes::Make(std::uint64_t separators, RequestShape* shape) {
  if (std::popcount(separators) != kFields + 1 || (separators & 1) == 0) return nullptr;
  std::array<std::uint8_t, kFields> ends = {};
  std::array<std::size_t, kFields> lengths = {};
  std::uint64_t left = separators;
  std::size_t before = 0;
  for (std::size_t i = 0; i < kFields; ++i) {
    left &= left - 1;
    const auto end = static_cast<std::size_t>(std::countr_zero(left));
    lengths[i] = end - before - 1;
    if (lengths[i] - 1 >= kMostDigits[i]) return nullptr;
    ends[i] = static_cast<std::uint8_t>(end);
    before = end;
  }
  const std::size_t low_digits = std::min(lengths[kLatency], kWordDigits);
  *shape = {.separators = separators,
            .digits = {LastDigits(lengths[kLatency] - low_digits), LastDigits(low_digits),
                       kDigitsOfWord, LastDigits(lengths[kModelId])},
            .few_digits = LastOfFour(lengths[kResult]) | LastOfFour(lengths[kArrivalCount]) << 32,
            .result_end = ends[kResult],
            .model_id_end = ends[kModelId],
            .latency_end = ends[kLatency],
            .deadline_met = static_cast<std::uint8_t>(ends[kDeadlineMet] - 1),
            .arrival_count_end = ends[kArrivalCount],
            .is_coldstart = static_cast<std::uint8_t>(ends[kIsColdstart] - 1),
            .line_end = ends[kIsColdstart]};
  return shape;
}

}  // namespace clockwork::telemetry
