#pragma once

// Whole and broken frames as bytes, for tests that speak to a program directly.

#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/base/clock.h"
#include "images/common/wire/framing.h"
#include "tests/support/tcp_client.h"

namespace clockwork::testing {

// One well-formed frame around any struct of wire/ with an Append.
template <typename Type, typename Message>
std::string FrameOf(Type type, std::uint64_t id, const Message& message,
                    std::string_view body = {}) {
  std::string bytes;
  wire::FrameWriter writer(&bytes, static_cast<std::uint64_t>(type), id);
  Append(message, &bytes);
  writer.Finish(body, NowNs(), wire::kNoDelta);
  return bytes;
}

// A pre-header that promises these lengths, and nothing behind it.
inline std::string PreHeaderOf(std::uint64_t type, std::uint64_t header_bytes,
                               std::uint64_t body_bytes) {
  wire::PreHeader pre_header;
  pre_header.type = type;
  pre_header.header_bytes = header_bytes;
  pre_header.body_bytes = body_bytes;
  pre_header.sender_clock_ns = NowNs();
  std::string bytes(wire::kPreHeaderBytes, '\0');
  wire::EncodePreHeader(pre_header, bytes.data());
  return bytes;
}

// A received frame; type 0 when none came in time.
struct ReceivedFrame {
  std::uint64_t type = 0;
  std::uint64_t id = 0;
  std::string header;
};

inline ReceivedFrame Receive(TcpClient* connection) {
  const auto pre_header_bytes = connection->Read(wire::kPreHeaderBytes);
  if (!pre_header_bytes) return {};
  const wire::PreHeader pre_header = wire::DecodePreHeader(pre_header_bytes->data());
  auto rest = connection->Read(pre_header.header_bytes + pre_header.body_bytes);
  if (!rest) return {};
  return {pre_header.type, pre_header.id, rest->substr(0, pre_header.header_bytes)};
}

}  // namespace clockwork::testing
