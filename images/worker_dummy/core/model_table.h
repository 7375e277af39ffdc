#pragma once

// The models that a worker knows. Copies of one model share their description; each copy has its
// own id (given by the controller, any 31-bit number) and its own place, counted from 0, by which
// the GPUs keep their state. Models are never removed. Pure; one thread.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "images/common/model/model.h"

namespace clockwork::worker {

// The most copies of models that one worker knows.
inline constexpr std::uint32_t kMaxModelCopies = 1'000'000;

struct LoadedModel {
  std::string path;
  ModelSpec spec;  // batches: only the supported ones

  // The time of the smallest supported batch size that holds `batch_size` requests; nothing when
  // there is none, or when it is below the smallest.
  std::optional<Nanos> ExecNs(std::uint32_t batch_size) const;
};

// Keeps the batch sizes b <= max_batch_size with b = 1 or time(b) <= max_exec_ns.
void KeepSupportedBatches(std::uint32_t max_batch_size, std::uint64_t max_exec_ns,
                          std::vector<BatchTime>* batches);

class ModelTable {
 public:
  // True when one of the ids first_id .. first_id+copies-1 is taken. Requires copies >= 1 and ids
  // within 31 bits.
  bool AnyTaken(std::int32_t first_id, std::int32_t copies) const;

  // Adds the copies. Requires !AnyTaken and room for them below kMaxModelCopies.
  void Add(std::int32_t first_id, std::int32_t copies, LoadedModel model);

  std::optional<std::uint32_t> PlaceOf(std::int32_t id) const {
    const auto found = places_.find(id);
    if (found == places_.end()) return std::nullopt;
    return found->second;
  }
  const LoadedModel& At(std::uint32_t place) const { return *copies_[place].model; }
  std::int32_t IdOf(std::uint32_t place) const { return copies_[place].id; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(copies_.size()); }
  // All places by ascending id.
  std::vector<std::uint32_t> PlacesById() const;

 private:
  struct Copy {
    std::int32_t id;
    const LoadedModel* model;
  };
  std::deque<LoadedModel> models_;  // a deque: addresses stay
  std::vector<Copy> copies_;
  std::unordered_map<std::int32_t, std::uint32_t> places_;
};

}  // namespace clockwork::worker
