#pragma once

// Decimal digits several at a time, in registers. Pure; no allocation.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace clockwork::telemetry {

static_assert(std::endian::native == std::endian::little, "the first character is the lowest byte");

// Characters of a number that a 64-bit word holds.
inline constexpr std::size_t kWordDigits = 8;
inline constexpr std::size_t kMaskBytes = 64;

inline std::uint64_t LoadWord(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

inline std::uint64_t LoadHalf(const char* at) {
  std::uint32_t half = 0;
  std::memcpy(&half, at, sizeof(half));
  return half;
}

// The top bit of each byte that is no digit.
inline std::uint64_t NonDigitsOfWord(std::uint64_t word) {
  const std::uint64_t value = word ^ 0x3030303030303030;
  return (((value & 0x7F7F7F7F7F7F7F7F) + 0x7676767676767676) | value) & 0x8080808080808080;
}

// The top bits of eight bytes next to each other, all other bits of which are 0.
inline std::uint64_t GatherTopBits(std::uint64_t word) {
  return ((word >> 7) * 0x0102040810204080) >> 56;
}

// Bit i: at[i] is no digit, or is a tab, for i < kMaskBytes. The portable ones are for other
// processors, and for tests.
inline std::uint64_t NonDigitsPortable(const char* at) {
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < kMaskBytes; i += 8) {
    mask |= GatherTopBits(NonDigitsOfWord(LoadWord(at + i))) << i;
  }
  return mask;
}

inline std::uint64_t TabsPortable(const char* at) {
  std::uint64_t others = 0;
  for (std::size_t i = 0; i < kMaskBytes; i += 8) {
    const std::uint64_t value = LoadWord(at + i) ^ 0x0909090909090909;
    const std::uint64_t differs = ((value & 0x7F7F7F7F7F7F7F7F) + 0x7F7F7F7F7F7F7F7F) | value;
    others |= GatherTopBits(differs & 0x8080808080808080) << i;
  }
  return ~others;
}

#if defined(__SSE2__)

// `test` says of 16 bytes which ones, by their top bits.
template <typename Test>
inline std::uint64_t MaskOf(const char* at, Test test) {
  std::uint64_t mask = 0;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kMaskBytes; i += 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
    mask |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(test(text)))) << i;
  }
  return mask;
}

inline std::uint64_t NonDigits(const char* at) {
  // Moves the digits to the upper end of the signed bytes, and everything else below them.
  constexpr char kMove = 127 - '9';
  return ~MaskOf(at, [](__m128i text) {
    return _mm_cmpgt_epi8(_mm_add_epi8(text, _mm_set1_epi8(kMove)), _mm_set1_epi8(127 - 10));
  });
}

inline std::uint64_t Tabs(const char* at) {
  return MaskOf(at, [](__m128i text) { return _mm_cmpeq_epi8(text, _mm_set1_epi8('\t')); });
}

#else

inline std::uint64_t NonDigits(const char* at) { return NonDigitsPortable(at); }
inline std::uint64_t Tabs(const char* at) { return TabsPortable(at); }

#endif

// The number that the `length` digits before `end` make, 1 to 8. Eight bytes before `end` must be
// readable, and what they hold before the digits does not matter.
inline std::uint64_t JoinDigits(const char* end, std::size_t length) {
  const std::size_t others = (64 - 8 * length) & 63;
  std::uint64_t value = ((LoadWord(end - 8) & 0x0F0F0F0F0F0F0F0F) >> others) << others;
  value = ((value * (10 * 0x100 + 1)) >> 8) & 0x00FF00FF00FF00FF;
  value = ((value * (100 * 0x10000 + 1)) >> 16) & 0x0000FFFF0000FFFF;
  return (value * (10'000 * 0x100000000 + 1)) >> 32;
}

// The number that the `length` digits from `begin` on make, 1 to 8. Eight bytes must be readable
// there, and what follows the digits does not matter.
inline std::uint64_t LeadingDigits(const char* begin, std::size_t length) {
  std::uint64_t value = (LoadWord(begin) & 0x0F0F0F0F0F0F0F0F) << ((64 - 8 * length) & 63);
  value = ((value * (10 * 0x100 + 1)) >> 8) & 0x00FF00FF00FF00FF;
  value = ((value * (100 * 0x10000 + 1)) >> 16) & 0x0000FFFF0000FFFF;
  return (value * (10'000 * 0x100000000 + 1)) >> 32;
}

// Two numbers of four digits each, the first digits in the lowest bytes, which hold the digits'
// values: the first number is in the lower half of the result.
inline std::uint64_t JoinTwo(std::uint64_t digits) {
  digits = ((digits * (10 * 0x100 + 1)) >> 8) & 0x00FF00FF00FF00FF;
  return ((digits * (100 * 0x10000 + 1)) >> 16) & 0x0000FFFF0000FFFF;
}

// Four numbers of eight digits each: two in the 16 bytes at `pair`, one each at `third` and
// `fourth`. Of a byte only those bits count that its mask has: 0x0F for a digit, 0 for a leading 0.
using FourNumbers = std::array<std::uint32_t, 4>;
using FourMasks = std::array<std::uint64_t, 4>;
inline FourNumbers JoinFourPortable(const char* pair, const char* third, const char* fourth,
                                    const FourMasks& masks) {
  const char* const words[] = {pair, pair + 8, third, fourth};
  FourNumbers numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::uint64_t halves = JoinTwo(LoadWord(words[i]) & masks[i]);
    numbers[i] = static_cast<std::uint32_t>((halves * (10'000 * 0x100000000 + 1)) >> 32);
  }
  return numbers;
}

#if defined(__SSE2__)

inline FourNumbers JoinFour(const char* pair, const char* third, const char* fourth,
                            const FourMasks& masks) {
  const auto load = [](const void* at) { return _mm_loadu_si128(static_cast<const __m128i*>(at)); };
  const auto fours_of = [](__m128i digits) {
    const __m128i twos = _mm_srli_epi16(_mm_mullo_epi16(digits, _mm_set1_epi16(10 * 0x100 + 1)), 8);
    return _mm_madd_epi16(twos, _mm_set1_epi32(0x10000 + 100));
  };
  const __m128i others =
      _mm_unpacklo_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(third)),
                         _mm_loadl_epi64(reinterpret_cast<const __m128i*>(fourth)));
  const __m128i fours = _mm_packs_epi32(fours_of(_mm_and_si128(load(pair), load(&masks[0]))),
                                        fours_of(_mm_and_si128(others, load(&masks[2]))));
  FourNumbers numbers;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(numbers.data()),
                   _mm_madd_epi16(fours, _mm_set1_epi32(0x10000 + 10'000)));
  return numbers;
}

#else

inline FourNumbers JoinFour(const char* pair, const char* third, const char* fourth,
                            const FourMasks& masks) {
  return JoinFourPortable(pair, third, fourth, masks);
}

#endif

}  // namespace clockwork::telemetry
