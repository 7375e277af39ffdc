#pragma once

// The arithmetic of spreading a model's demand over the GPUs that have it (spec/controller.md
// §5.13, distribute). The loops of the scheduler that run most often: kept together so that the
// compiler can make vectors of them. All in double and in the order of the GPUs, so results do not
// depend on the machine. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

namespace clockwork::controller {

// Work on the GPUs: of each, what all models have allotted to it and what follows from that.
struct GpuLoads {
  std::int64_t capacity_ns = 0;
  std::span<std::int64_t> outstanding_ns;  // > 0
  std::span<double> weights;
};

// Takes back what a model has allotted: to GPU gpus[i], allotted_ns[i].
void TakeBack(std::span<const std::uint32_t> gpus, std::span<std::int64_t> allotted_ns,
              const GpuLoads& loads);

// The same, and allots `demand_ns` anew, in proportion to the weights.
void Spread(std::int64_t demand_ns, std::span<const std::uint32_t> gpus,
            std::span<std::int64_t> allotted_ns, const GpuLoads& loads);

// As Spread for a model that every GPU has: allotted_ns[g] to GPU g.
void SpreadOverAll(std::int64_t demand_ns, std::span<std::int64_t> allotted_ns,
                   const GpuLoads& loads);

// Sum of the weights of `gpus`.
double TotalWeight(std::span<const std::uint32_t> gpus, std::span<const double> weights);

}  // namespace clockwork::controller
