#pragma once

// The file that says "ready to be talked to" (docs/programs.md).

#include <cstdint>
#include <string>

#include "images/common/base/result.h"

namespace clockwork::net {

// Writes {"port": N} to `path` in one step. An empty path writes nothing.
Status WriteReadyFile(const std::string& path, std::uint16_t port);

}  // namespace clockwork::net
