#include "operator/api/scalability_experiment.h"

namespace clockwork::api {

std::vector<std::int64_t> WorkerCounts(const Workers& workers) {
  if (!workers.values.empty()) return workers.values;
  std::vector<std::int64_t> counts;
  for (std::int64_t n = workers.range.min; n <= workers.range.max; n += workers.range.step) {
    counts.push_back(n);
  }
  return counts;
}

}  // namespace clockwork::api
