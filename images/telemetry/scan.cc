#include "images/telemetry/scan.h"

#include <utility>

namespace clockwork::telemetry {

std::optional<std::size_t> ChunkQueue::Take() {
  // Those before a chunk that failed have been taken by then, and their threads finish them.
  if (failed_.load(std::memory_order_relaxed)) return std::nullopt;
  const std::size_t chunk = next_.fetch_add(1, std::memory_order_relaxed);
  if (chunk >= lines_.size()) return std::nullopt;
  return chunk;
}

void ChunkQueue::Fail(std::size_t chunk, std::uint32_t lines,
                      std::optional<std::string_view> column, Error error) {
  failed_.store(true, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  if (!first_ || chunk < first_->chunk) first_ = {chunk, lines, column, std::move(error)};
}

Status ChunkQueue::Outcome(const std::string& path) const {
  if (!first_) return {};
  if (!first_->column) return first_->error;
  const auto end = lines_.begin() + static_cast<std::ptrdiff_t>(first_->chunk);
  const auto before = std::accumulate(lines_.begin(), end, std::uint64_t{first_->lines});
  return MalformedLine(path, before + 2, *first_->column);  // the header is the first
}

}  // namespace clockwork::telemetry
