#pragma once

// The binary metadata file P.1.clockwork (spec/worker.md §4.3): little-endian, no padding. Pure,
// over bytes that may come from anywhere: every length is checked before it is used.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork {

// What a worker needs of the file. Sizes are sums over tensors, per request in a batch-1 file.
struct ClockworkFile {
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::uint64_t page_bytes = 0;  // configured_weights_page_size
  std::uint32_t weights_pages = 0;

  bool operator==(const ClockworkFile&) const = default;
};

// Parses the whole file; left-over bytes are an error. The message says what is wrong and at which
// offset; it does not know the path.
Result<ClockworkFile> ParseClockworkFile(std::string_view bytes);

// The smallest file with these sizes: no operators, one input tensor, one output tensor.
std::string WriteClockworkFile(const ClockworkFile& file);

}  // namespace clockwork
