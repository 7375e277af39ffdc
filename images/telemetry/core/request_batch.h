#pragma once

// A few hundred requests of one bucket, with what the first pass counts of them: side by side, so
// that each count goes over them in a loop of its own. Pure. One thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "images/common/telemetry/rows.h"
#include "images/telemetry/core/kept_rows.h"

namespace clockwork::telemetry {

class RequestBatch {
 public:
  static constexpr std::size_t kMaxRows = 512;

  // What happened to a request, as bits.
  static constexpr unsigned kSeen = 1;  // always
  static constexpr unsigned kCold = 2;  // answered well, and it was a cold start
  static constexpr unsigned kWarm = 4;  // answered well, and its model was loaded when it came
  static constexpr unsigned kSuccess = 8;

  // Whether the row, of this bucket, fits.
  bool Takes(std::uint32_t bucket, const RequestRow& row) const {
    return bucket == bucket_ && size_ < kMaxRows &&
           static_cast<std::uint64_t>(row.latency) <= KeptRequest::kMaxLatencyNs;
  }
  // Requires Takes.
  void Add(const RequestRow& row) {
    kept_[size_] = KeptRequest(bucket_, static_cast<std::uint64_t>(row.latency), row);
    model_ids_[size_] = row.model_id;
    const unsigned success = row.result == 0 ? 1 : 0;
    const unsigned cold = row.is_coldstart ? kCold : 0;
    const unsigned warm = row.arrival_count > 0 ? kWarm : 0;
    ways_[size_] = static_cast<std::uint8_t>(kSeen | ((cold | warm | kSuccess) & (0 - success)));
    ++size_;
  }
  // Empty, for rows of this bucket. Those above KeptRequest::kMaxBucket are not taken.
  void Begin(std::uint32_t bucket) {
    size_ = 0;
    bucket_ = bucket <= KeptRequest::kMaxBucket ? bucket : kNoBucket;
  }

  std::uint32_t bucket() const { return bucket_; }
  std::size_t size() const { return size_; }
  std::span<const KeptRequest> kept() const { return {kept_.data(), size_}; }
  std::span<const std::int32_t> model_ids() const { return {model_ids_.data(), size_}; }
  std::span<const std::uint8_t> ways() const { return {ways_.data(), size_}; }

 private:
  static constexpr std::uint32_t kNoBucket = UINT32_MAX - 1;  // of no row

  std::uint32_t bucket_ = kNoBucket;
  std::size_t size_ = 0;
  std::array<KeptRequest, kMaxRows> kept_;
  std::array<std::int32_t, kMaxRows> model_ids_;
  std::array<std::uint8_t, kMaxRows> ways_;
};

}  // namespace clockwork::telemetry
