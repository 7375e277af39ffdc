#pragma once

// The arithmetic of spreading a model's demand over the GPUs that have it (spec/controller.md
// §5.13, distribute). The loops of the scheduler that run most often. All in double and in the
// order of the GPUs, so results do not depend on the machine, nor on whether it has the vectors of
// demand_share_wide.h. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

#include "images/common/base/int128.h"

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

// The sum of the weights of all GPUs.
double TotalWeight(std::span<const double> weights);

// As Spread for a model that every GPU has: allotted_ns[g] to GPU g. `total` is TotalWeight before,
// the result is what it is then.
double SpreadOverAll(std::int64_t demand_ns, double total, std::span<std::int64_t> allotted_ns,
                     const GpuLoads& loads);

// What the GPUs do of a demand that is split among them by their weights: the sum of capacity ×
// share / outstanding over `gpus`, each rounded towards zero (§5.13, priorities). Requires a demand
// > 0.
Int128 Served(std::int64_t demand_ns, std::span<const std::uint32_t> gpus, const GpuLoads& loads);

}  // namespace clockwork::controller
