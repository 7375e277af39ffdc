#pragma once

// What the controller says about its two logs after a clean end (docs/programs.md): with it a log
// that was cut can be told from a complete one. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/base/result.h"
#include "images/common/base/time.h"

namespace clockwork::telemetry {

inline constexpr std::int64_t kManifestVersion = 1;

struct Manifest {
  bool complete = false;  // the run came to an orderly end, and both logs were closed
  std::uint64_t request_rows = 0;
  std::uint64_t action_rows = 0;
  Nanos first_request_ns = 0;  // smallest and largest t of the request rows; 0 without rows
  Nanos last_request_ns = 0;
  std::uint64_t dropped_request_rows = 0;  // could not be written
  std::uint64_t dropped_action_rows = 0;
  // Answered at once, undecided, as more came than could be decided on, or may wait for that; rows
  // like others.
  std::uint64_t shed_requests = 0;

  bool operator==(const Manifest&) const = default;
};

// One line of JSON, with its line end.
std::string EncodeManifest(const Manifest& manifest);
// The error says what is wrong with the text, for a sentence that names the file.
Result<Manifest> DecodeManifest(std::string_view text);

}  // namespace clockwork::telemetry
