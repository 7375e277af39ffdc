#include "images/controller/core/demand_share.h"

// Wide vectors where the processor has them, decided when the program starts. The instructions are
// exact: no result depends on the choice. The sanitizers cannot be asked that early.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLOCKWORK_WIDE __attribute__((target_clones("arch=x86-64-v4", "default")))
#else
#define CLOCKWORK_WIDE
#endif

namespace clockwork::controller {
namespace {

// Plain pointers that do not overlap: what the compiler needs to know.
CLOCKWORK_WIDE void AllotAll(std::size_t count, double demand_ns, double total, double capacity_ns,
                             std::int64_t* __restrict__ allotted_ns,
                             std::int64_t* __restrict__ outstanding_ns,
                             double* __restrict__ weights) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto share_ns = static_cast<std::int64_t>(demand_ns * (weights[i] / total));
    const std::int64_t sum_ns = outstanding_ns[i] - allotted_ns[i] + share_ns;
    allotted_ns[i] = share_ns;
    outstanding_ns[i] = sum_ns;
    weights[i] = capacity_ns / static_cast<double>(sum_ns);
  }
}

}  // namespace

void TakeBack(std::span<const std::uint32_t> gpus, std::span<std::int64_t> allotted_ns,
              const GpuLoads& loads) {
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    loads.outstanding_ns[gpus[i]] -= allotted_ns[i];
    allotted_ns[i] = 0;
  }
}

double TotalWeight(std::span<const std::uint32_t> gpus, std::span<const double> weights) {
  double total = 0;
  for (const std::uint32_t gpu : gpus) total += weights[gpu];
  return total;
}

void Spread(std::int64_t demand_ns, std::span<const std::uint32_t> gpus,
            std::span<std::int64_t> allotted_ns, const GpuLoads& loads) {
  const double total = TotalWeight(gpus, loads.weights);
  const auto demand = static_cast<double>(demand_ns);
  const auto capacity = static_cast<double>(loads.capacity_ns);
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const std::uint32_t gpu = gpus[i];
    const auto share_ns = static_cast<std::int64_t>(demand * (loads.weights[gpu] / total));
    const std::int64_t sum_ns = loads.outstanding_ns[gpu] - allotted_ns[i] + share_ns;
    allotted_ns[i] = share_ns;
    loads.outstanding_ns[gpu] = sum_ns;
    loads.weights[gpu] = capacity / static_cast<double>(sum_ns);
  }
}

void SpreadOverAll(std::int64_t demand_ns, std::span<std::int64_t> allotted_ns,
                   const GpuLoads& loads) {
  double total = 0;
  for (const double weight : loads.weights) total += weight;
  AllotAll(loads.weights.size(), static_cast<double>(demand_ns), total,
           static_cast<double>(loads.capacity_ns), allotted_ns.data(), loads.outstanding_ns.data(),
           loads.weights.data());
}

}  // namespace clockwork::controller
