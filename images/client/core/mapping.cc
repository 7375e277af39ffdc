#include "images/client/core/mapping.h"

#include <fmt/format.h>

#include <array>

namespace clockwork::client {

Result<std::uint32_t> CopiesPerEntry(std::int64_t memory_load_factor) {
  constexpr std::array<std::uint32_t, 4> kCopies = {3, 13, 29, 66};
  if (memory_load_factor < 1 || memory_load_factor > std::int64_t{kCopies.size()}) {
    return UsageError(fmt::format("memory_load_factor: {} is out of range; give 1, 2, 3 or 4",
                                  memory_load_factor));
  }
  return kCopies[static_cast<std::size_t>(memory_load_factor - 1)];
}

}  // namespace clockwork::client
