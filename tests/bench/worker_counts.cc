#include "tests/bench/worker_counts.h"

#include <fmt/format.h>

#include <algorithm>

#include "images/common/base/parse.h"

namespace clockwork::bench {
namespace {

constexpr std::int64_t kDefaultStep = 10;
constexpr std::string_view kName = "--workers";

// One part, appended to `counts`.
Status Add(std::string_view part, std::vector<std::int64_t>* counts) {
  const std::size_t colon = part.find(':');
  const std::string_view range = part.substr(0, colon);
  const std::size_t dots = range.find("..");
  auto first = ParseInteger(kName, range.substr(0, dots), 1, kMaxWorkers);
  if (!first.ok()) return first.error();
  std::int64_t last = *first;
  std::int64_t step = kDefaultStep;
  if (dots != std::string_view::npos) {
    const auto end = ParseInteger(kName, range.substr(dots + 2), *first, kMaxWorkers);
    if (!end.ok()) return end.error();
    last = *end;
  }
  if (colon != std::string_view::npos) {
    const auto given = ParseInteger(kName, part.substr(colon + 1), 1, kMaxWorkers);
    if (!given.ok()) return given.error();
    step = *given;
  }
  for (std::int64_t count = *first; count <= last; count += step) counts->push_back(count);
  return {};
}

}  // namespace

Result<std::vector<std::int64_t>> ParseWorkerCounts(std::string_view text) {
  std::vector<std::int64_t> counts;
  for (const std::string_view part : Split(text, ',')) {
    if (Status status = Add(part, &counts); !status.ok()) return status.error();
  }
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  return counts;
}

}  // namespace clockwork::bench
