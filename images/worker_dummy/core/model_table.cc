#include "images/worker_dummy/core/model_table.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace clockwork::worker {

std::optional<Nanos> LoadedModel::ExecNs(std::uint32_t batch_size) const {
  if (spec.batches.empty() || batch_size < spec.batches.front().batch_size) return std::nullopt;
  for (const BatchTime& batch : spec.batches) {
    if (batch.batch_size >= batch_size) return batch.exec_ns;
  }
  return std::nullopt;
}

void KeepSupportedBatches(std::uint32_t max_batch_size, std::uint64_t max_exec_ns,
                          std::vector<BatchTime>* batches) {
  std::erase_if(*batches, [=](const BatchTime& batch) {
    const bool too_slow =
        batch.batch_size != 1 && static_cast<std::uint64_t>(batch.exec_ns) > max_exec_ns;
    return batch.batch_size > max_batch_size || too_slow;
  });
}

bool ModelTable::AnyTaken(std::int32_t first_id, std::int32_t copies) const {
  for (std::int32_t i = 0; i < copies; ++i) {
    if (places_.contains(first_id + i)) return true;
  }
  return false;
}

void ModelTable::Add(std::int32_t first_id, std::int32_t copies, LoadedModel model) {
  assert(!AnyTaken(first_id, copies));
  models_.push_back(std::move(model));
  for (std::int32_t i = 0; i < copies; ++i) {
    places_.emplace(first_id + i, size());
    copies_.push_back({first_id + i, &models_.back()});
  }
}

std::vector<std::uint32_t> ModelTable::PlacesById() const {
  std::vector<std::uint32_t> places(copies_.size());
  for (std::uint32_t place = 0; place < places.size(); ++place) places[place] = place;
  std::sort(places.begin(), places.end(),
            [this](std::uint32_t a, std::uint32_t b) { return copies_[a].id < copies_[b].id; });
  return places;
}

}  // namespace clockwork::worker
