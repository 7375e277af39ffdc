#include "images/client/core/model_list.h"

#include <utility>

#include "images/client/core/splitmix.h"

namespace clockwork::client {

void AppendCopies(std::uint32_t first_id, std::size_t copies, std::uint64_t input_bytes,
                  std::vector<LoadedModel>* models) {
  for (std::size_t copy = 0; copy < copies; ++copy) {
    models->push_back({first_id + static_cast<std::uint32_t>(copy), input_bytes});
  }
}

void ShuffleModels(std::vector<LoadedModel>* models) {
  // Swapping each element with one at or before it gives every order with equal probability, as
  // insertion at random positions does, without moving the rest of the list.
  SplitMix random(0);
  for (std::size_t i = 1; i < models->size(); ++i) {
    std::swap((*models)[i], (*models)[random.Below(i + 1)]);
  }
}

}  // namespace clockwork::client
