#pragma once

// What later passes need of the rows of a log, in memory: 8 bytes per request and 16 per action,
// up to a limit. Beyond the limit, or with a value that does not fit, the rows are given up; the
// log is then to be read again for every pass. Pure. One thread; afterwards any number that read.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "images/common/telemetry/rows.h"
#include "images/telemetry/core/column.h"

namespace clockwork::telemetry {

// A request in 8 bytes.
class KeptRequest {
 public:
  static constexpr std::uint32_t kMaxBucket = (1U << 15) - 1;
  static constexpr std::uint64_t kMaxLatencyNs = UINT64_MAX >> 18;

  KeptRequest() = default;
  // Requires that both are within the limits.
  // No branch depends on what the row says: it changes from row to row.
  KeptRequest(std::uint32_t bucket, std::uint64_t latency_ns, const RequestRow& row)
      : word_(latency_ns << kLatencyShift | std::uint64_t{bucket} << kBucketShift |
              std::uint64_t{row.arrival_count > 0} << 2 |
              std::uint64_t{row.arrival_count == 0} << 1 |
              (std::uint64_t{row.result == 0} & std::uint64_t{row.deadline_met})) {}

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
    if (latency_ns > KeptRequest::kMaxLatencyNs || bucket > KeptRequest::kMaxBucket) {
      return GiveUp();
    }
    const KeptRequest kept(bucket, latency_ns, row);
    Append({&kept, 1});
  }
  // Rows that are within the limits of KeptRequest.
  void Append(std::span<const KeptRequest> rows) {
    if (room_ < rows.size()) return GiveUp();
    room_ -= rows.size();
    rows_.Append(rows);
  }
  // Every row that was added is kept.
  bool complete() const { return complete_; }
  // Bucket i is called names[i] from now on.
  void RenameBuckets(std::vector<std::uint32_t> names) { names_ = std::move(names); }

  // Appends to `*wanted` the rows of which wants(row) is true: without a branch that depends on it.
  template <typename Wants>
  void Select(const Wants& wants, Column<KeptRequest>* wanted) const {
    rows_.ForEachBlock([&](std::span<const KeptRequest> rows) {
      for (; !rows.empty(); rows = rows.subspan(std::min(rows.size(), kSelectRows))) {
        SelectFew(rows.first(std::min(rows.size(), kSelectRows)), wants, wanted);
      }
    });
  }

 private:
  static constexpr std::size_t kSelectRows = 512;

  template <typename Wants>
  void SelectFew(std::span<const KeptRequest> rows, const Wants& wants,
                 Column<KeptRequest>* wanted) const {
    std::array<KeptRequest, kSelectRows> selected;
    std::size_t count = 0;
    for (KeptRequest row : rows) {
      if (!names_.empty()) row.set_bucket(names_[row.bucket()]);
      selected[count] = row;
      count += std::size_t{wants(row)};
    }
    wanted->Append(std::span(selected).first(count));
  }
  void GiveUp() {
    complete_ = false;
    room_ = 0;
    rows_.Clear();
  }

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
