#include "images/common/net/ready_file.h"

#include <fmt/format.h>

#include "images/common/base/file.h"

namespace clockwork::net {

Status WriteReadyFile(const std::string& path, std::uint16_t port) {
  if (path.empty()) return {};
  return WriteFileAtomically(path, fmt::format("{{\"port\": {}}}\n", port));
}

}  // namespace clockwork::net
