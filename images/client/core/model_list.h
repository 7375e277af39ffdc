#pragma once

// The list of models that functions are mapped to, built from what the controller answered to each
// LoadModel request (spec/workload.md §3.1 items 5 and 6). Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clockwork::client {

struct LoadedModel {
  std::uint32_t model_id = 0;
  std::uint64_t input_bytes = 0;
};

// Appends `copies` models with the ids first_id, first_id + 1, ...
void AppendCopies(std::uint32_t first_id, std::size_t copies, std::uint64_t input_bytes,
                  std::vector<LoadedModel>* models);

// A random order that depends on the length alone: what the original meant to do when it inserted
// each new model at a random position. A generator of our own with a fixed seed, so that the order
// is the same on every machine; it cannot be the order of the original, which never shuffled.
void ShuffleModels(std::vector<LoadedModel>* models);

}  // namespace clockwork::client
