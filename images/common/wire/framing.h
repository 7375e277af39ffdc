#pragma once

// Frames (spec/protocol.md §6.2): message = pre-header (48 bytes) ‖ header (protobuf) ‖ body (raw).
// The pre-header is six little-endian 64-bit words. Bytes only: no sockets, no clock.
//
// Weakness of the format: no version, no magic number and no checksum. A peer that speaks something
// else is recognised only by an impossible length or type, so both are checked before anything is
// stored.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/base/time.h"

namespace clockwork::wire {

inline constexpr std::size_t kPreHeaderBytes = 48;
inline constexpr std::uint64_t kMaxHeaderBytes = 10'485'760;  // 10 MiB, as the original
inline constexpr std::uint64_t kMaxBodyBytes = std::uint64_t{1}
                                               << 30;  // 1 GiB; the original has no limit
// Word 5 while nothing has been received on the connection yet.
inline constexpr Nanos kNoDelta = INT64_MAX;

struct PreHeader {
  std::uint64_t header_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t type = 0;     // client_messages.h or worker_messages.h; the connection tells which
  std::uint64_t id = 0;       // client requests: echoed in the response; actions and results: 0
  Nanos sender_clock_ns = 0;  // sender's Unix clock when it starts to send
  Nanos sender_delta_ns = kNoDelta;  // sender's smallest (own clock − peer clock + transit) so far
};

// Requires 48 readable bytes.
PreHeader DecodePreHeader(const char* bytes);
// Requires 48 writable bytes.
void EncodePreHeader(const PreHeader& pre_header, char* bytes);

// Appends one frame to a buffer: construct, append the header's encoding to the buffer, call
// Finish. The buffer must outlive the writer and not be touched by others in between.
class FrameWriter {
 public:
  FrameWriter(std::string* buffer, std::uint64_t type, std::uint64_t id);

  // Appends the body and fills in the pre-header. Call exactly once, after the header was appended.
  void Finish(std::string_view body, Nanos sender_clock_ns, Nanos sender_delta_ns);

 private:
  std::string* buffer_;
  std::size_t begin_;
  std::uint64_t type_;
  std::uint64_t id_;
};

}  // namespace clockwork::wire
