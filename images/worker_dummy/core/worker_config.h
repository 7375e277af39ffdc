#pragma once

// The sizes and rules of an emulated worker, with the original's defaults (spec/worker.md §4.2).

#include <cstdint>

#include "images/common/model/model.h"

namespace clockwork::worker {

inline constexpr std::uint32_t kMaxGpus = 10'000;
// The most pages of one GPU's cache; they are counted in 31 bits on the wire.
inline constexpr std::uint64_t kMaxPagesPerGpu = 0x7fff'ffff;

struct WorkerConfig {
  std::uint32_t gpus = 1;
  std::uint64_t weights_cache_bytes = 23'085'449'216;  // of each GPU
  std::uint64_t page_bytes = kPageBytes;
  // Reported in the worker's state, without effect.
  std::uint64_t io_pool_bytes = 536'870'912;
  std::uint64_t workspace_pool_bytes = 536'870'912;
  std::uint64_t host_io_pool_bytes = 536'870'912;
  // An infer may come without inputs.
  bool allow_zero_size_inputs = true;

  std::uint32_t PagesPerGpu() const {
    return static_cast<std::uint32_t>(weights_cache_bytes / page_bytes);
  }
};

}  // namespace clockwork::worker
