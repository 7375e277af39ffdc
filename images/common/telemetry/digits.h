#pragma once

// Decimal digits several at a time, in registers. Pure; no allocation.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace clockwork::telemetry {

static_assert(std::endian::native == std::endian::little, "the first character is the lowest byte");

inline constexpr std::size_t kMaskBytes = 64;

inline std::uint64_t LoadWord(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

// The top bit of each byte that is no digit.
inline std::uint64_t NonDigitsOfWord(std::uint64_t word) {
  const std::uint64_t value = word ^ 0x3030303030303030;
  return (((value & 0x7F7F7F7F7F7F7F7F) + 0x7676767676767676) | value) & 0x8080808080808080;
}

// Bit i: at[i] is no digit, for i < kMaskBytes. The portable one is for other processors, and for
// tests.
inline std::uint64_t NonDigitsPortable(const char* at) {
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < kMaskBytes; i += 8) {
    // The product moves the top bits of the eight bytes next to each other.
    mask |= (((NonDigitsOfWord(LoadWord(at + i)) >> 7) * 0x0102040810204080) >> 56) << i;
  }
  return mask;
}

inline std::uint64_t NonDigits(const char* at) {
#if defined(__SSE2__)
  std::uint64_t digits = 0;
  for (std::size_t i = 0; i < kMaskBytes; i += 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
    const __m128i value = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    const __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
    digits |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(is_digit))) << i;
  }
  return ~digits;
#else
  return NonDigitsPortable(at);
#endif
}

// The number that the `length` digits before `end` make, 1 to 8. Eight bytes before `end` must be
// readable, and what they hold before the digits does not matter.
inline std::uint64_t JoinDigits(const char* end, std::size_t length) {
  const std::size_t others = (64 - 8 * length) & 63;
  std::uint64_t value = ((LoadWord(end - 8) & 0x0F0F0F0F0F0F0F0F) >> others) << others;
  value = ((value * (10 * 0x100 + 1)) >> 8) & 0x00FF00FF00FF00FF;
  value = ((value * (100 * 0x10000 + 1)) >> 16) & 0x0000FFFF0000FFFF;
  return (value * (10'000 * 0x100000000 + 1)) >> 32;
}

}  // namespace clockwork::telemetry
