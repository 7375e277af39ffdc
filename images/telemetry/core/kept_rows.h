#pragma once

// What later passes need of the rows of a log, in memory: 8 bytes per request and 16 per action,
// up to a limit. Beyond the limit, or with a value that does not fit, the rows are given up; the
// log is then to be read again for every pass. Pure. One thread; afterwards any number that read.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "images/common/telemetry/rows.h"

namespace clockwork::telemetry {

// Values in blocks that stay where they are: growing copies nothing.
template <typename T>
class Column {
 public:
  void Add(const T& value) { AddIf(value, true); }
  // Without a branch that depends on `wanted`.
  void AddIf(const T& value, bool wanted) {
    if (next_ == end_) {
      next_ = blocks_.emplace_back(new T[kBlock]).get();
      end_ = next_ + kBlock;
    }
    *next_ = value;
    next_ += std::size_t{wanted};
  }
  std::size_t size() const {
    return blocks_.size() * kBlock - static_cast<std::size_t>(end_ - next_);
  }
  void Clear() {
    blocks_.clear();
    next_ = end_ = nullptr;
  }
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& block : blocks_) {
      const T* const end = block.get() + kBlock == end_ ? next_ : block.get() + kBlock;
      for (const T* at = block.get(); at != end; ++at) visit(*at);
    }
  }

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 14;

  std::vector<std::unique_ptr<T[]>> blocks_;
  T* next_ = nullptr;
  T* end_ = nullptr;  // of the last block
};

// A request in 8 bytes.
class KeptRequest {
 public:
  static constexpr std::uint32_t kMaxBucket = (1U << 15) - 1;
  static constexpr std::uint64_t kMaxLatencyNs = UINT64_MAX >> 18;

  KeptRequest() = default;
  // Requires that both are within the limits.
  KeptRequest(std::uint32_t bucket, std::uint64_t latency_ns, const RequestRow& row)
      : word_(latency_ns << kLatencyShift | std::uint64_t{bucket} << kBucketShift |
              std::uint64_t{row.arrival_count > 0} << 2 |
              std::uint64_t{row.arrival_count == 0} << 1 |
              std::uint64_t{row.result == 0 && row.deadline_met}) {}

  bool good() const { return (word_ & 1) != 0; }
  std::uint32_t bucket() const {
    return static_cast<std::uint32_t>(word_ >> kBucketShift) & kMaxBucket;
  }
  void set_bucket(std::uint32_t bucket) {
    word_ = (word_ & ~(std::uint64_t{kMaxBucket} << kBucketShift)) | std::uint64_t{bucket}
                                                                         << kBucketShift;
  }
  std::uint64_t latency_ns() const { return word_ >> kLatencyShift; }
  // arrival_count is 0, or more.
  bool cold() const { return (word_ >> 1 & 1) != 0; }
  bool hot() const { return (word_ >> 2 & 1) != 0; }
  // Of which only latency and the sign of arrival_count are set.
  RequestRow Row() const {
    RequestRow row;
    row.latency = static_cast<Nanos>(latency_ns());
    row.arrival_count =
        static_cast<std::int32_t>(word_ >> 2 & 1) - static_cast<std::int32_t>((word_ & 6) == 0);
    return row;
  }

 private:
  static constexpr int kBucketShift = 3;
  static constexpr int kLatencyShift = 18;

  std::uint64_t word_;
};

class KeptRequests {
 public:
  // 128 MiB.
  static constexpr std::size_t kMaxRows = std::size_t{1} << 24;

  explicit KeptRequests(std::size_t most_rows) : room_(most_rows) {}

  // `bucket`: what TimeSeries::Add has said of the row.
  void Add(std::uint32_t bucket, const RequestRow& row) {
    const auto latency_ns = static_cast<std::uint64_t>(row.latency);
    if (room_ == 0 || latency_ns > KeptRequest::kMaxLatencyNs || bucket > KeptRequest::kMaxBucket) {
      complete_ = false;
      room_ = 0;
      return rows_.Clear();
    }
    --room_;
    rows_.Add(KeptRequest(bucket, latency_ns, row));
  }
  // Every row that was added is kept.
  bool complete() const { return complete_; }
  // Bucket i is called names[i] from now on.
  void RenameBuckets(std::vector<std::uint32_t> names) { names_ = std::move(names); }

  template <typename Visit>
  void ForEach(Visit visit) const {
    if (names_.empty()) return rows_.ForEach(visit);
    rows_.ForEach([this, &visit](KeptRequest row) {
      row.set_bucket(names_[row.bucket()]);
      visit(row);
    });
  }

 private:
  std::size_t room_;  // for so many rows more
  bool complete_ = true;
  Column<KeptRequest> rows_;
  std::vector<std::uint32_t> names_;  // empty: as they were added
};

class KeptActions {
 public:
  // 64 MiB for each of the two types.
  static constexpr std::size_t kMaxRows = std::size_t{1} << 22;

  explicit KeptActions(std::size_t most_rows) : most_rows_(most_rows) {}

  // Only loads and infers are needed again.
  void Add(const ActionRow& row) {
    if (row.action_type != kActionLoad && row.action_type != kActionInfer) return;
    Column<Times>& column = row.action_type == kActionLoad ? loads_ : infers_;
    const auto all = static_cast<std::uint64_t>(row.expected_exec_duration) |
                     static_cast<std::uint64_t>(row.worker_exec_duration) |
                     static_cast<std::uint64_t>(row.expected_exec_complete) |
                     static_cast<std::uint64_t>(row.worker_exec_complete);
    if (!complete_ || all > UINT32_MAX || column.size() >= most_rows_) return GiveUp();
    column.Add({static_cast<std::uint32_t>(row.expected_exec_duration),
                static_cast<std::uint32_t>(row.worker_exec_duration),
                static_cast<std::uint32_t>(row.expected_exec_complete),
                static_cast<std::uint32_t>(row.worker_exec_complete)});
  }
  bool complete() const { return complete_; }

  // Calls visit(row), of which only the type and the four times are set.
  template <typename Visit>
  void ForEachRow(Visit visit) const {
    Each(loads_, kActionLoad, visit);
    Each(infers_, kActionInfer, visit);
  }

 private:
  struct Times {
    std::uint32_t expected_exec_duration;
    std::uint32_t worker_exec_duration;
    std::uint32_t expected_exec_complete;
    std::uint32_t worker_exec_complete;
  };

  template <typename Visit>
  static void Each(const Column<Times>& column, std::int32_t type, Visit visit) {
    ActionRow row;
    row.action_type = type;
    column.ForEach([&](const Times& times) {
      row.expected_exec_duration = times.expected_exec_duration;
      row.worker_exec_duration = times.worker_exec_duration;
      row.expected_exec_complete = times.expected_exec_complete;
      row.worker_exec_complete = times.worker_exec_complete;
      visit(row);
    });
  }
  void GiveUp() {
    complete_ = false;
    loads_.Clear();
    infers_.Clear();
  }

  std::size_t most_rows_;
  bool complete_ = true;
  Column<Times> loads_;
  Column<Times> infers_;
};

}  // namespace clockwork::telemetry
