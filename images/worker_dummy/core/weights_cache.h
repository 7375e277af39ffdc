#pragma once

// The weights of one emulated GPU: which models are there, in which version, and how many pages are
// free (spec/worker.md §4.6). Pure; one thread.
//
// Models are counted from 0 (model_table.h). A model never touched costs nothing, one touched four
// bytes: 4026 models on each of 10,000 GPUs must fit into memory.

#include <cstdint>
#include <optional>
#include <vector>

namespace clockwork::worker {

class WeightsCache {
 public:
  explicit WeightsCache(std::uint32_t total_pages)
      : total_pages_(total_pages), free_pages_(total_pages) {}

  // Changes whenever the weights do; equal versions mean that nothing happened in between.
  std::uint32_t Version(std::uint32_t model) const { return Get(model) >> 1U; }
  bool Present(std::uint32_t model) const { return (Get(model) & 1U) != 0; }

  // Starts a load: a new version, and the pages unless the weights are present already. Returns the
  // version to finish with, or nothing when there are too few free pages (the version is new even
  // then).
  std::optional<std::uint32_t> BeginLoad(std::uint32_t model, std::uint32_t pages);

  // Ends a load: true when the version is still the one of BeginLoad; the weights are present then.
  // Otherwise Clear() came in between and the pages are free already.
  bool FinishLoad(std::uint32_t model, std::uint32_t version);

  // False when the weights are not present (a load that is under way included).
  bool Evict(std::uint32_t model, std::uint32_t pages);

  // Every page is free, every version changes.
  void Clear();

  std::uint32_t free_pages() const { return free_pages_; }
  std::uint32_t total_pages() const { return total_pages_; }
  // Models with weights present, ascending.
  std::vector<std::uint32_t> PresentModels() const;

 private:
  // version << 1 | present
  std::uint32_t Get(std::uint32_t model) const {
    return model < states_.size() ? states_[model] : 0;
  }
  // The state of a model, made when it is first asked for.
  std::uint32_t& At(std::uint32_t model);

  std::uint32_t total_pages_;
  std::uint32_t free_pages_;
  std::vector<std::uint32_t> states_;
};

}  // namespace clockwork::worker
