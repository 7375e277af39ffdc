#pragma once

// Lists of worker counts as a person writes them for a benchmark. Pure.

#include <cstdint>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::bench {

inline constexpr std::int64_t kMaxWorkers = 10'000;

// "10,40,150", "10..150" (every tenth) or "10..150:20" (every twentieth), or several of these with
// commas between. Ascending and without repetition; an error names the part that is none of them.
Result<std::vector<std::int64_t>> ParseWorkerCounts(std::string_view text);

}  // namespace clockwork::bench
