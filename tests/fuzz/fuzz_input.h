#pragma once

// The bytes of one run, with a first byte that chooses what they are taken for.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/base/result.h"
#include "tests/fuzz/fuzz_check.h"

namespace clockwork::fuzz {

struct Choice {
  std::size_t kind = 0;
  std::string_view rest;
};

// One of `kinds` by the first byte, and what follows it.
inline Choice Choose(const std::uint8_t* data, std::size_t size, std::size_t kinds) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return {};
  return {data[0] % kinds, bytes.substr(1)};
}

// A message that decodes is encoded to bytes that decode to the same message: encoding again gives
// the same bytes. One that does not says why.
template <typename Message>
void DecodeAndBack(std::string_view bytes) {
  Message message;
  const Status status = Decode(bytes, &message);
  if (!status.ok()) {
    FUZZ_CHECK(!status.error().message.empty());
    return;
  }
  std::string once;
  Append(message, &once);
  Message again;
  FUZZ_CHECK(Decode(once, &again).ok());
  std::string twice;
  Append(again, &twice);
  FUZZ_CHECK(once == twice);
}

}  // namespace clockwork::fuzz
