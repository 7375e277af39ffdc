#pragma once

// Prepared request inputs: what a client sends as the body of an inference, or a controller makes
// up when it generates inputs (spec/protocol.md §6.4). Pure.

#include <cstddef>
#include <string>
#include <string_view>

#include "images/common/base/result.h"

namespace clockwork {

// The LZ4 block of `bytes` bytes of content that depends on nothing but the length. Prepare once
// per size and reuse. Fails above kMaxTensorBytes (model.h).
Result<std::string> CompressedInput(std::size_t bytes);

// The `bytes` bytes behind an LZ4 block; fails when the block is damaged or of another length.
Result<std::string> DecompressedInput(std::string_view block, std::size_t bytes);

}  // namespace clockwork
