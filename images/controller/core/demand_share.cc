#include "images/controller/core/demand_share.h"

#include "images/common/base/int128.h"
#include "images/controller/core/demand_share_wide.h"
#include "images/controller/core/wide_vectors.h"

namespace clockwork::controller {
namespace {

// Vectors pay from here on.
constexpr std::size_t kWideFrom = 4;
// What the wide loops may be given: whole numbers that a double holds, and products of them that
// 64 bits hold.
constexpr std::int64_t kMaxWideCapacityNs = std::int64_t{1} << 53;
constexpr std::int64_t kMaxWideProduct = std::int64_t{1} << 62;

bool Wide(std::size_t count, const GpuLoads& loads) {
  return count >= kWideFrom && loads.capacity_ns < kMaxWideCapacityNs && HasWideVectors();
}

std::int64_t Share(double demand_ns, double weight, double total) {
  return static_cast<std::int64_t>(demand_ns * (weight / total));
}

void Allot(std::int64_t share_ns, std::size_t gpu, const GpuLoads& loads,
           std::int64_t* allotted_ns) {
  const std::int64_t sum_ns = loads.outstanding_ns[gpu] - *allotted_ns + share_ns;
  *allotted_ns = share_ns;
  loads.outstanding_ns[gpu] = sum_ns;
  loads.weights[gpu] = static_cast<double>(loads.capacity_ns) / static_cast<double>(sum_ns);
}

double WeightOf(std::span<const std::uint32_t> gpus, std::span<const double> weights) {
  double total = 0;
  for (const std::uint32_t gpu : gpus) total += weights[gpu];
  return total;
}

wide::Split SplitOf(std::int64_t demand_ns, double total, const GpuLoads& loads) {
  return {static_cast<double>(demand_ns), total, static_cast<double>(loads.capacity_ns)};
}

}  // namespace

void TakeBack(std::span<const std::uint32_t> gpus, std::span<std::int64_t> allotted_ns,
              const GpuLoads& loads) {
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    loads.outstanding_ns[gpus[i]] -= allotted_ns[i];
    allotted_ns[i] = 0;
  }
}

void Spread(std::int64_t demand_ns, std::span<const std::uint32_t> gpus,
            std::span<std::int64_t> allotted_ns, const GpuLoads& loads) {
  const double total = WeightOf(gpus, loads.weights);
  if (Wide(gpus.size(), loads)) {
    wide::AllotSome(SplitOf(demand_ns, total, loads), gpus.size(), gpus.data(), allotted_ns.data(),
                    loads.outstanding_ns.data(), loads.weights.data());
    return;
  }
  const auto demand = static_cast<double>(demand_ns);
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    Allot(Share(demand, loads.weights[gpus[i]], total), gpus[i], loads, &allotted_ns[i]);
  }
}

double TotalWeight(std::span<const double> weights) {
  double total = 0;
  for (const double weight : weights) total += weight;
  return total;
}

double SpreadOverAll(std::int64_t demand_ns, double total, std::span<std::int64_t> allotted_ns,
                     const GpuLoads& loads) {
  if (Wide(allotted_ns.size(), loads)) {
    return wide::AllotAll(SplitOf(demand_ns, total, loads), allotted_ns.size(), allotted_ns.data(),
                          loads.outstanding_ns.data(), loads.weights.data());
  }
  const auto demand = static_cast<double>(demand_ns);
  double new_total = 0;
  for (std::size_t i = 0; i < allotted_ns.size(); ++i) {
    Allot(Share(demand, loads.weights[i], total), i, loads, &allotted_ns[i]);
    new_total += loads.weights[i];
  }
  return new_total;
}

Int128 Served(std::int64_t demand_ns, std::span<const std::uint32_t> gpus, const GpuLoads& loads) {
  const double total = WeightOf(gpus, loads.weights);
  std::int64_t largest = 0;
  const bool fits =
      !__builtin_mul_overflow(loads.capacity_ns, demand_ns, &largest) && largest < kMaxWideProduct;
  if (fits && Wide(gpus.size(), loads)) {
    return wide::Served(SplitOf(demand_ns, total, loads), gpus.size(), gpus.data(),
                        loads.outstanding_ns.data(), loads.weights.data());
  }
  Int128 served = 0;
  for (const std::uint32_t gpu : gpus) {
    const std::int64_t share_ns = Share(static_cast<double>(demand_ns), loads.weights[gpu], total);
    std::int64_t product = 0;
    // Rarely more than 64 bits, and dividing 128 is slow.
    if (!__builtin_mul_overflow(loads.capacity_ns, share_ns, &product)) {
      served += product / loads.outstanding_ns[gpu];
    } else {
      served += static_cast<Int128>(loads.capacity_ns) * share_ns / loads.outstanding_ns[gpu];
    }
  }
  return served;
}

}  // namespace clockwork::controller
