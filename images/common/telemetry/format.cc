#include "images/common/telemetry/format.h"

#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace clockwork::telemetry {
namespace {

// The longest column is a signed 64-bit number.
constexpr std::size_t kMaxColumnBytes = 20;
// Digits are written by so many at once, wherever they end.
constexpr std::size_t kDigitsAtOnce = 8;

constexpr std::uint64_t kEightDigits = 100'000'000;
constexpr std::array<std::uint32_t, 9> kPowers = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

// The digits of value < kEightDigits with leading zeros, the first one in the lowest byte. All in
// one register: halves of four digits, then quarters of two, then digits, each split in all lanes
// at once (x / 100 = x * 10486 >> 20 for x < 10,000; x / 10 = x * 103 >> 10 for x < 100).
std::uint64_t EightDigits(std::uint32_t value) {
  const std::uint64_t halves = value / 10'000 | std::uint64_t{value % 10'000} << 32;
  const std::uint64_t upper = halves * 10'486 >> 20 & 0x0000'007F'0000'007F;
  const std::uint64_t quarters = upper | (halves - 100 * upper) << 16;
  const std::uint64_t tens = quarters * 103 >> 10 & 0x000F'000F'000F'000F;
  return (tens | (quarters - 10 * tens) << 8) + 0x3030'3030'3030'3030;
}

void PutBytes(std::uint64_t bytes, char* out) {
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(out, &bytes, sizeof(bytes));
}

char* PutEight(std::uint32_t value, char* out) {
  PutBytes(EightDigits(value), out);
  return out + 8;
}

// value < kEightDigits.
std::size_t LeadingZeros(std::uint32_t value) {
  // log10(2) is about 1233 / 4096; exact to one digit for so few bits.
  const auto bits = static_cast<std::uint32_t>(std::bit_width(value | 1U));
  const std::uint32_t digits = bits * 1233 >> 12;
  return 8 - digits - (value >= kPowers[digits] ? 1 : 0);
}

// value < kEightDigits, without leading zeros. Writes eight bytes, of which the last may be for
// nothing.
char* PutShort(std::uint32_t value, char* out) {
  if (value < 10) {
    *out = static_cast<char>('0' + value);
    return out + 1;
  }
  const std::size_t zeros = LeadingZeros(value);
  PutBytes(EightDigits(value) >> 8 * zeros, out);
  return out + 8 - zeros;
}

// A fraction of the time of std::to_chars, whose digits come one pair after the other.
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
char* WriteLine(char* out, const Columns&... columns) {
  ((out = Column(columns, out)), ...);
  out[-1] = '\n';
  return out;
}

}  // namespace

char* FormatRow(const RequestRow& row, char* out) {
  static_assert(kMaxRowBytes >= kRequestColumns * (kMaxColumnBytes + 1) + kDigitsAtOnce);
  return WriteLine(out, row.t, row.request_id, row.result, row.user_id, row.model_id,
                   row.slo_factor, row.latency, row.deadline, row.deadline_met, row.arrival_count,
                   row.departure_count, row.is_coldstart);
}

char* FormatRow(const ActionRow& row, char* out) {
  static_assert(kMaxRowBytes >= kActionColumns * (kMaxColumnBytes + 1) + kDigitsAtOnce);
  return WriteLine(
      out, row.t, row.action_id, row.action_type, row.status, row.worker_id, row.gpu_id,
      row.model_id, row.batch_size, row.expected_exec_duration, row.worker_exec_duration,
      row.expected_exec_complete, row.worker_exec_complete, row.expected_gpu_clock,
      row.worker_gpu_clock_before, row.worker_gpu_clock, row.worker_copy_output_complete,
      row.worker_action_received, row.worker_result_sent, row.controller_result_enqueue,
      row.controller_action_duration, row.goodput, row.requests_queued, row.copies_loaded);
}

}  // namespace clockwork::telemetry
