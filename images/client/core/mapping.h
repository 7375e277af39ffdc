#pragma once

// Which function drives which model, and how often each model is loaded (spec/workload.md §3.1
// items 2, 5 and 7). Pure arithmetic.

#include <cstddef>
#include <cstdint>

#include "images/common/base/result.h"

namespace clockwork::client {

// The most models (zoo entries × copies) of a run.
inline constexpr std::size_t kMaxModels = std::size_t{1} << 20;

// Copies of each zoo entry for memory_load_factor 1..4: 3, 13, 29, 66. Others are usage errors.
Result<std::uint32_t> CopiesPerEntry(std::int64_t memory_load_factor);

// How many copies the next zoo entry gets when `total_remaining` are to be spread over it and those
// after it. Requires entries_remaining > 0.
constexpr std::size_t CopiesOfNextEntry(std::size_t total_remaining,
                                        std::size_t entries_remaining) {
  return total_remaining / entries_remaining;
}

// The model (position in the list of models) that function i of `functions` drives.
constexpr std::size_t ModelOfFunction(std::size_t function, std::size_t functions,
                                      std::size_t models) {
  return models * function / functions;
}

// The user id that requests of a model carry: the last function mapped to it. Meaningful only for
// models that some function is mapped to.
constexpr std::size_t UserIdOfModel(std::size_t model, std::size_t functions, std::size_t models) {
  return (functions * (model + 1) + models - 1) / models - 1;
}

}  // namespace clockwork::client
