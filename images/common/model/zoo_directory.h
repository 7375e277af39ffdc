#pragma once

// A model zoo in a directory, as the original lays it out (spec/workload.md §3.1 item 1,
// spec/worker.md §4.3). Reads files: the one file under model/ that acts.
//
//   <directory>/<name>/model.clockwork_params      makes <name> a model
//   <directory>/<name>/model                       is its path P on the wire, a prefix:
//   P.<b>.so and P.<b>.clockwork                   for b = 1, 2, 4, ... up to the first missing
//   pair P.measurements                                 times

#include <cstdint>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/model/model.h"

namespace clockwork {

// The most entries of one zoo directory.
inline constexpr std::size_t kMaxZooEntries = 10'000;

// The models of a directory, by name, byte order. A missing or unreadable directory, and one
// without any model, is a usage error that names it and the remedy.
Result<std::vector<ZooEntry>> ListZooDirectory(const std::string& directory);

// Reads the model at path P for a worker with pages of `page_bytes`; a file that was made for
// another page size is refused. A batch size without a measured time takes 0 ns, as in the
// original.
ModelRead ReadModel(const std::string& path, std::uint64_t page_bytes = kPageBytes);

}  // namespace clockwork
