#include "images/worker_dummy/core/weights_cache.h"

#include <cassert>

namespace clockwork::worker {
namespace {

constexpr std::uint32_t kPresent = 1;
constexpr std::uint32_t kNextVersion = 2;  // wraps, which is harmless: only equality counts

}  // namespace

std::uint32_t& WeightsCache::At(std::uint32_t model) {
  if (model >= states_.size()) states_.resize(std::size_t{model} + 1);
  return states_[model];
}

std::optional<std::uint32_t> WeightsCache::BeginLoad(std::uint32_t model, std::uint32_t pages) {
  std::uint32_t& state = At(model);
  state += kNextVersion;
  if ((state & kPresent) == 0) {
    if (pages > free_pages_) return std::nullopt;
    free_pages_ -= pages;
  }
  return state >> 1U;
}

bool WeightsCache::FinishLoad(std::uint32_t model, std::uint32_t version) {
  std::uint32_t& state = At(model);
  if (state >> 1U != version) return false;
  state |= kPresent;
  return true;
}

bool WeightsCache::Evict(std::uint32_t model, std::uint32_t pages) {
  if (!Present(model)) return false;
  std::uint32_t& state = At(model);
  state = (state + kNextVersion) & ~kPresent;
  free_pages_ += pages;
  assert(free_pages_ <= total_pages_);
  return true;
}

void WeightsCache::Clear() {
  for (std::uint32_t& state : states_) state = (state + kNextVersion) & ~kPresent;
  free_pages_ = total_pages_;
}

std::vector<std::uint32_t> WeightsCache::PresentModels() const {
  std::vector<std::uint32_t> models;
  for (std::uint32_t model = 0; model < states_.size(); ++model) {
    if (Present(model)) models.push_back(model);
  }
  return models;
}

}  // namespace clockwork::worker
