#include "images/common/telemetry/format.h"

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace clockwork::telemetry {
namespace {

// The longest column is a signed 64-bit number.
constexpr std::size_t kMaxColumnBytes = 20;

// "00" to "99".
constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

constexpr std::uint64_t kEightDigits = 100'000'000;

// value < 100
void PutPair(std::uint32_t value, char* out) {
  std::memcpy(out, &kPairs[std::size_t{2} * value], 2);
}

// value < kEightDigits, with leading zeros. The four divisions do not wait for each other.
char* PutEight(std::uint32_t value, char* out) {
  const std::uint32_t high = value / 10'000;
  const std::uint32_t low = value % 10'000;
  PutPair(high / 100, out);
  PutPair(high % 100, out + 2);
  PutPair(low / 100, out + 4);
  PutPair(low % 100, out + 6);
  return out + 8;
}

// value < kEightDigits, without leading zeros.
char* PutShort(std::uint32_t value, char* out) {
  if (value < 10) {
    *out = static_cast<char>('0' + value);
    return out + 1;
  }
  char digits[8];
  PutEight(value, digits);
  std::size_t zeros = 0;
  for (std::uint32_t power = 10'000'000; value < power; power /= 10) ++zeros;
  std::memcpy(out, digits + zeros, sizeof(digits) - zeros);
  return out + sizeof(digits) - zeros;
}

// Half the time of std::to_chars, whose digits come one pair after the other.
char* PutUnsigned(std::uint64_t value, char* out) {
  if (value < kEightDigits) return PutShort(static_cast<std::uint32_t>(value), out);
  const std::uint64_t high = value / kEightDigits;
  if (high < kEightDigits) {
    out = PutShort(static_cast<std::uint32_t>(high), out);
  } else {
    out = PutShort(static_cast<std::uint32_t>(high / kEightDigits), out);
    out = PutEight(static_cast<std::uint32_t>(high % kEightDigits), out);
  }
  return PutEight(static_cast<std::uint32_t>(value % kEightDigits), out);
}

template <std::signed_integral T>
char* Column(T value, char* out) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  out = PutUnsigned(magnitude, out);
  *out = '\t';
  return out + 1;
}

char* Column(bool value, char* out) {
  *out = value ? '1' : '0';
  out[1] = '\t';
  return out + 2;
}

// The default format of C++ streams. Nearly every request asks for 0.
char* Column(float value, char* out) {
  if (value == 0) return Column(false, out);
  constexpr int kSignificantDigits = 6;
  char* end = std::to_chars(out, out + kMaxColumnBytes, static_cast<double>(value),
                            std::chars_format::general, kSignificantDigits)
                  .ptr;
  *end = '\t';
  return end + 1;
}

template <typename... Columns>
char* Line(char* out, const Columns&... columns) {
  ((out = Column(columns, out)), ...);
  out[-1] = '\n';
  return out;
}

}  // namespace

char* FormatRow(const RequestRow& row, char* out) {
  static_assert(kMaxRowBytes >= kRequestColumns * (kMaxColumnBytes + 1));
  return Line(out, row.t, row.request_id, row.result, row.user_id, row.model_id, row.slo_factor,
              row.latency, row.deadline, row.deadline_met, row.arrival_count, row.departure_count,
              row.is_coldstart);
}

char* FormatRow(const ActionRow& row, char* out) {
  static_assert(kMaxRowBytes >= kActionColumns * (kMaxColumnBytes + 1));
  return Line(out, row.t, row.action_id, row.action_type, row.status, row.worker_id, row.gpu_id,
              row.model_id, row.batch_size, row.expected_exec_duration, row.worker_exec_duration,
              row.expected_exec_complete, row.worker_exec_complete, row.expected_gpu_clock,
              row.worker_gpu_clock_before, row.worker_gpu_clock, row.worker_copy_output_complete,
              row.worker_action_received, row.worker_result_sent, row.controller_result_enqueue,
              row.controller_action_duration, row.goodput, row.requests_queued, row.copies_loaded);
}

}  // namespace clockwork::telemetry
