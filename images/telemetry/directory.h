#pragma once

// What the commands want of directories. Errors are one sentence that names the path.

#include <string>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::telemetry {

// Files that a search may find; more are an error rather than a wrong figure.
inline constexpr std::size_t kMaxFoundFiles = 10'000;

// Error: it is missing, or no directory.
Status RequireDirectory(const std::string& option, const std::string& path);
// Makes it, and its parents, unless it exists.
Status MakeDirectory(const std::string& option, const std::string& path);

// The paths of all files of this name below `directory`, links to files included, in an order in
// which trial-2 comes before trial-10.
Result<std::vector<std::string>> FindFiles(const std::string& directory, const std::string& name);

}  // namespace clockwork::telemetry
