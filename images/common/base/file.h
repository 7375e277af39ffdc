#pragma once

// Whole files. Errors are runtime errors that name the path.

#include <cstddef>
#include <string>
#include <string_view>

#include "images/common/base/result.h"

namespace clockwork {

// Reads at most max_bytes; a longer file is an error.
Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes = 64 << 20);

enum class Durability {
  kSynced,    // on the disk when the call returns, which can take long
  kUnsynced,  // for files that are replaced often; a crash of the machine may lose or cut them
};

// Replaces the file in one step (temporary file beside it, fsync, rename): a reader sees the old
// content or the new one, never a part.
Status WriteFileAtomically(const std::string& path, std::string_view content,
                           Durability durability = Durability::kSynced);

// Writes into the file that is there, without replacing it: for what can be written to but not
// renamed over, such as a container's /dev/termination-log.
Status WriteFileInPlace(const std::string& path, std::string_view content);

}  // namespace clockwork
