#pragma once

// Writing and reading the encoding that every protobuf library produces for a message of this
// project: all fields, in the order of their numbers, each varint as short as it can be. Not part
// of the library's interface. The two messages that pass by once per request are written and read
// this way, in a few instructions; a reader that meets anything else says so, and the general
// decoder takes over.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace clockwork::wire {

inline constexpr std::size_t kMaxVarintBytes = 10;

inline std::size_t VarintBytes(std::uint64_t value) {
  std::size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

// Writes to `out`, where kMaxVarintBytes are free; returns the end.
inline char* PutVarint(std::uint64_t value, char* out) {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out = static_cast<char>(value);
  return out + 1;
}

// A negative int32 is written as 64 bits.
inline std::uint64_t Int32Bits(std::int32_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
}

// Tag and value of a varint field with a number below 16.
inline char* PutField(int number, std::uint64_t value, char* out) {
  *out = static_cast<char>(number << 3);
  return PutVarint(value, out + 1);
}

class CanonicalReader {
 public:
  explicit CanonicalReader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // Reads one byte that must have this value.
  bool Expect(unsigned char byte) {
    if (at_ == end_ || static_cast<unsigned char>(*at_) != byte) return false;
    ++at_;
    return true;
  }
  // A varint of at most 32 bits.
  bool Varint(std::uint32_t* value) {
    std::uint64_t result = 0;
    for (int shift = 0; shift <= 28; shift += 7) {
      if (at_ == end_) return false;
      const auto byte = static_cast<unsigned char>(*at_++);
      result |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        *value = static_cast<std::uint32_t>(result);
        return result <= UINT32_MAX;
      }
    }
    return false;
  }
  // The varint field of this number, at most 31 bits where it is signed.
  bool Field(int number, std::uint32_t* value) {
    return Expect(static_cast<unsigned char>(number << 3)) && Varint(value);
  }
  bool Field(int number, std::int32_t* value) {
    std::uint32_t bits = 0;
    if (!Field(number, &bits) || bits > INT32_MAX) return false;
    *value = static_cast<std::int32_t>(bits);
    return true;
  }
  bool Field(int number, float* value) {
    if (!Expect(static_cast<unsigned char>(number << 3 | 5)) || left() < sizeof(*value))
      return false;
    std::memcpy(value, at_, sizeof(*value));
    at_ += sizeof(*value);
    return true;
  }
  // The bytes of the length-delimited field of this number.
  bool Field(int number, std::string_view* bytes) {
    std::uint32_t size = 0;
    if (!Expect(static_cast<unsigned char>(number << 3 | 2)) || !Varint(&size) || size > left()) {
      return false;
    }
    *bytes = {at_, size};
    at_ += size;
    return true;
  }
  bool AtEnd() const { return at_ == end_; }

 private:
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  const char* at_;
  const char* end_;
};

}  // namespace clockwork::wire
