#pragma once

// `telemetry archive` and `telemetry hold`: how results leave a claim. A pod that mounts the claim
// holds; `archive` is run in it and writes the tree to its stdout.

#include <cstdint>
#include <string>

#include "images/common/base/result.h"

namespace clockwork::telemetry {

inline constexpr std::int64_t kMaxHoldSeconds = 86'400;

// Writes the directories and plain files below `directory` to the descriptor `out` as an archive
// (images/common/archive/ustar.h), in the order of names. Links and files that are being replaced
// (".tmp", ".tmp.") are left out. On an error the archive has no end.
Status WriteArchive(const std::string& directory, int out);

// Returns after `seconds`, or at SIGTERM or SIGINT. While this program writes an archive in another
// process, it goes on for as long again, and says so. To be called before there is another thread.
void Hold(std::int64_t seconds);

}  // namespace clockwork::telemetry
