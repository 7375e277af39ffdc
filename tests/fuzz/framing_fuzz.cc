// Pre-headers, frames and the clock synchronisation that they carry.

#include <string>
#include <string_view>

#include "images/common/wire/clock_sync.h"
#include "images/common/wire/framing.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork;        // NOLINT(google-build-using-namespace)
  using namespace clockwork::wire;  // NOLINT(google-build-using-namespace)
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ClockSync sync;
  for (std::size_t at = 0; at + kPreHeaderBytes <= size; at += kPreHeaderBytes) {
    const PreHeader pre_header = DecodePreHeader(bytes.data() + at);
    std::string again(kPreHeaderBytes, '\0');
    EncodePreHeader(pre_header, again.data());
    FUZZ_CHECK(again == bytes.substr(at, kPreHeaderBytes));
    // What the peer says about its clock may be anything.
    sync.OnMessage(static_cast<Nanos>(at), pre_header.sender_clock_ns, pre_header.sender_delta_ns);
    static_cast<void>(sync.OffsetNs());
    static_cast<void>(sync.RoundTripNs());
  }

  std::string buffer = "before";
  FrameWriter writer(&buffer, 103, size);
  buffer.append(bytes.substr(0, size / 2));
  writer.Finish(bytes.substr(size / 2), -1, sync.LocalDeltaNs());
  const PreHeader written = DecodePreHeader(buffer.data() + 6);
  FUZZ_CHECK(written.header_bytes == size / 2 && written.body_bytes == size - size / 2);
  FUZZ_CHECK(written.type == 103 && written.id == size);
  FUZZ_CHECK(std::string_view(buffer).substr(6 + kPreHeaderBytes) == bytes);
  return 0;
}
