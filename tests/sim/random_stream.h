#pragma once

// Event streams from clients and workers that the published experiment does not have: mixed SLOs,
// unknown models, results that come late, out of order or as errors, actions that cannot be sent, a
// worker that is lost. Deterministic. Pure.

#include <cstddef>
#include <cstdint>

#include "tests/sim/event_stream.h"

namespace clockwork::sim {

struct RandomStreamOptions {
  std::uint32_t workers = 2;
  std::uint32_t gpus_per_worker = 4;
  std::uint32_t models = 60;  // about a third of them fit on a GPU
  std::size_t requests = 20'000;
  Nanos mean_gap_ns = 200 * kMicrosecond;
  std::uint64_t seed = 1;
};

EventStream RandomStream(const RandomStreamOptions& options);

}  // namespace clockwork::sim
