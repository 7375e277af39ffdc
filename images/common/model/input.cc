#include "images/common/model/input.h"

#include <fmt/format.h>
#include <lz4.h>

#include <cstdint>

#include "images/common/model/model.h"

namespace clockwork {
namespace {

Status CheckSize(std::size_t bytes) {
  if (bytes <= kMaxTensorBytes) return {};
  return RuntimeError(
      fmt::format("an input of {} bytes is larger than the limit of {}", bytes, kMaxTensorBytes));
}

// Pixels that neither repeat nor are pure noise: the upper bits come from a linear congruential
// generator, so that the block compresses about as a picture of floats does.
std::string Content(std::size_t bytes) {
  std::string content(bytes, '\0');
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < bytes; ++i) {
    state = state * 1'664'525U + 1'013'904'223U;
    content[i] = i % 4 == 3 ? '\x3f' : static_cast<char>(state >> 26U);
  }
  return content;
}

}  // namespace

Result<std::string> CompressedInput(std::size_t bytes) {
  if (Status status = CheckSize(bytes); !status.ok()) return status.error();
  const std::string content = Content(bytes);
  const auto length = static_cast<int>(bytes);
  std::string block(static_cast<std::size_t>(LZ4_compressBound(length)), '\0');
  const int written =
      LZ4_compress_default(content.data(), block.data(), length, static_cast<int>(block.size()));
  if (written <= 0) return RuntimeError(fmt::format("cannot compress {} bytes with LZ4", bytes));
  block.resize(static_cast<std::size_t>(written));
  return block;
}

Result<std::string> DecompressedInput(std::string_view block, std::size_t bytes) {
  if (Status status = CheckSize(bytes); !status.ok()) return status.error();
  if (Status status = CheckSize(block.size()); !status.ok()) return status.error();
  std::string content(bytes, '\0');
  const int length = LZ4_decompress_safe(block.data(), content.data(),
                                         static_cast<int>(block.size()), static_cast<int>(bytes));
  if (length < 0 || static_cast<std::size_t>(length) != bytes) {
    return RuntimeError(fmt::format("an LZ4 block of {} bytes does not hold an input of {} bytes",
                                    block.size(), bytes));
  }
  return content;
}

}  // namespace clockwork
