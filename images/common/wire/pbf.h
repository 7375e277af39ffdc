#pragma once

// Shared by the codecs of this folder: reading protobuf fields with protozero, whose exceptions end
// here. Not part of the library's interface.

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <protozero/exception.hpp>

// protozero asserts that a field has the wire type that it is read as. Here that is a matter of
// what a peer sent, not of how the library is used, so it is an exception like those for every
// other malformed input.
namespace clockwork::wire {
struct FieldTypeError : protozero::exception {
  const char* what() const noexcept override { return "a field is of another type"; }
};
[[noreturn]] inline void RejectField() { throw FieldTypeError(); }
}  // namespace clockwork::wire
#define protozero_assert(condition) \
  ((condition) ? static_cast<void>(0) : clockwork::wire::RejectField())

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "images/common/base/result.h"

namespace clockwork::wire {

// Calls field(reader) for every field; `field` returns false for fields that it does not know,
// which are skipped. `seen` collects the bits 1 << tag of the fields read (tags above 31 are not
// tracked); all bits of `required` must be there.
template <typename Field>
void ReadFields(protozero::data_view bytes, const char* name, std::uint32_t required,
                Field&& field) {
  protozero::pbf_reader reader(bytes);
  std::uint32_t seen = 0;
  while (reader.next()) {
    const std::uint32_t tag = reader.tag();
    if (!field(reader)) {
      reader.skip();
    } else if (tag < 32) {
      seen |= std::uint32_t{1} << tag;
    }
  }
  if ((seen & required) != required) {
    const int missing = __builtin_ctz(required & ~seen);
    throw std::invalid_argument(fmt::format("{}: required field {} is missing", name, missing));
  }
}

// Runs a decoder and turns its exceptions into a Status.
template <typename Decoder>
Status Guarded(const char* name, Decoder&& decoder) {
  try {
    decoder();
    return {};
  } catch (const protozero::exception& error) {
    return RuntimeError(fmt::format("{}: malformed protobuf: {}", name, error.what()));
  } catch (const std::exception& error) {
    return RuntimeError(error.what());
  }
}

inline protozero::data_view View(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view View(protozero::data_view bytes) { return {bytes.data(), bytes.size()}; }

// The repeated field at the reader, packed or not, appended to *out. `limit` bounds the list.
template <typename Integer>
void ReadRepeated(protozero::pbf_reader& reader, std::size_t limit, std::vector<Integer>* out) {
  if (reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
    for (const std::uint64_t value : reader.get_packed_uint64()) {
      if (out->size() < limit) out->push_back(static_cast<Integer>(value));
    }
  } else {
    const std::uint64_t value = reader.get_uint64();
    if (out->size() < limit) out->push_back(static_cast<Integer>(value));
  }
}

constexpr std::uint32_t Bits() { return 0; }
template <typename... Tags>
constexpr std::uint32_t Bits(int tag, Tags... tags) {
  return (std::uint32_t{1} << tag) | Bits(tags...);
}

}  // namespace clockwork::wire
