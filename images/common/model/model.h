#pragma once

// The nouns of the model zoo: a model, its sizes per request and its measured times. Plain values;
// who reads them from a table or a directory is zoo.h and zoo_directory.h.

#include <cstdint>
#include <string>
#include <vector>

#include "images/common/base/time.h"

namespace clockwork {

// One page of a GPU's weights cache (spec/worker.md §4.2).
inline constexpr std::uint64_t kPageBytes = 16ULL << 20;

// The largest batch size that is looked for; sizes are 1, 2, 4, ... up to this one.
inline constexpr std::uint32_t kMaxBatchSize = 1024;

// The largest size of one request's input or output, and of one model's weights.
inline constexpr std::uint64_t kMaxTensorBytes = 1ULL << 30;
inline constexpr std::uint64_t kMaxWeightsBytes = 1ULL << 40;

// The longest time accepted for loading or executing a model.
inline constexpr Nanos kMaxModelTimeNs = 3600 * kSecond;

// Measured execution time of one batch size.
struct BatchTime {
  std::uint32_t batch_size = 0;
  Nanos exec_ns = 0;

  bool operator==(const BatchTime&) const = default;
};

struct ModelSpec {
  std::string name;
  std::uint64_t input_bytes = 0;    // of one request, uncompressed
  std::uint64_t output_bytes = 0;   // of one request
  std::uint64_t weights_bytes = 0;  // as stored, not rounded to pages
  std::uint32_t weights_pages = 0;  // pages of kPageBytes that the weights take in a GPU's cache
  Nanos load_ns = 0;                // copying the weights to a GPU
  std::vector<BatchTime> batches;   // ascending batch_size; batch size 1 comes first when present

  bool operator==(const ModelSpec&) const = default;
};

// What a client asks a worker to load: a name for people and the path that goes on the wire.
struct ZooEntry {
  std::string name;
  std::string path;

  bool operator==(const ZooEntry&) const = default;
};

// What looking up one model gave: a spec when status is 0, else the action status to report
// (spec/worker.md §4.4) and one sentence with the path.
inline constexpr std::int32_t kStatusBadMeasurements = 10;
inline constexpr std::int32_t kStatusBadModel = 41;

struct ModelRead {
  std::int32_t status = 0;
  std::string message;
  ModelSpec spec;
};

// Pages that hold `bytes`, rounded up. A lower bound for real models, whose tensors do not straddle
// pages (spec/workload.md §3.7).
constexpr std::uint32_t PagesOf(std::uint64_t bytes, std::uint64_t page_bytes = kPageBytes) {
  return static_cast<std::uint32_t>((bytes + page_bytes - 1) / page_bytes);
}

}  // namespace clockwork
