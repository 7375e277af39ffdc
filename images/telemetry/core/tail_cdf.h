#pragma once

// The tails of prediction errors and latencies as 1000 quantiles on a logarithmic scale
// (spec/telemetry.md §2.7), exact, from rows seen several times. The memory is some megabytes
// however many rows there are (order_statistics.h). Pure.
//
//   do {
//     for (each request row) cdf.Add(row);   // while !requests_done()
//     for (each action row) cdf.Add(row);    // while !actions_done()
//   } while (!cdf.EndPass());
//
// The first pass may be shared among several that are merged. Later ones need of a row only its
// type and latencies or durations, and two threads may share them: one has the requests, one the
// actions, each ended on its own.
//
// Odd rules kept from the published scripts: the ratios divide milliseconds by nanoseconds; zeros
// count as over and as under prediction, there as -0.0; failed actions have duration 0, which makes
// infinite ratios and, between two of them, empty cells.

#include <array>
#include <cstdint>
#include <vector>

#include "images/common/telemetry/rows.h"
#include "images/telemetry/core/quantile.h"
#include "images/telemetry/core/request_batch.h"
#include "images/telemetry/core/table.h"

namespace clockwork::telemetry {

class TailCdf {
 public:
  static constexpr std::size_t kPoints = 1000;

  TailCdf();

  void Add(const RequestRow& row);
  void Add(const ActionRow& row);
  void Add(const RequestBatch& batch);  // in the first pass, as of all its rows
  void Merge(const TailCdf& other);     // in the first pass of both
  bool EndPass();                       // both
  // The first pass is over.
  bool EndRequestPass();
  bool EndActionPass();
  // Whether Add has anything to learn in the next pass from a request of this latency that was
  // cold (arrival_count is 0) or hot (it is more).
  bool Wants(std::uint64_t latency_ns, bool cold, bool hot) const {
    const unsigned columns = 1U << kAll | unsigned{cold} << kCold | unsigned{hot} << kHot;
    return (wanted_.Of(OrderStatistics::CellIndex(latency_ns, kLatencyBits)) & columns) != 0;
  }
  // Another pass over these rows has nothing to tell.
  bool requests_done() const { return requests_done_; }
  bool actions_done() const { return actions_done_; }

  // Requires that EndPass was true and that there is a row.
  Table Data() const;

 private:
  // Four metrics, each as load over, load under, infer over, infer under.
  static constexpr std::size_t kErrorColumns = 16;
  // Cells of the first pass: so many bits per doubling, because there are many wanted ranks.
  static constexpr int kLatencyBits = 14;
  enum LatencyColumn : std::size_t { kAll, kCold, kHot, kLatencyColumns };

  // kAll: neither of the two others.
  static LatencyColumn ColumnOf(const RequestRow& row) {
    return row.arrival_count > 0 ? kHot : row.arrival_count == 0 ? kCold : kAll;
  }
  void AddError(std::size_t over, std::int64_t error_ns);
  void AddRatio(std::size_t over, double ratio);
  void EndFirstPass();

  bool first_pass_ = true;
  bool requests_done_ = false;
  bool actions_done_ = false;
  std::uint64_t requests_ = 0;  // rows
  std::uint64_t actions_ = 0;   // rows, of all types
  std::vector<double> y_;       // known after the first pass
  std::vector<double> quantiles_;
  std::vector<QuantileSearch> errors_;
  std::vector<QuantileSearch> latencies_;
  WantedCells wanted_;  // a flag for each of latencies_
};

inline void TailCdf::Add(const RequestRow& row) {
  if (requests_done_) return;
  const auto latency = static_cast<std::uint64_t>(row.latency);
  const LatencyColumn column = ColumnOf(row);
  latencies_[column].Add(latency);
  if (first_pass_) {
    ++requests_;
  } else if (column != kAll) {
    // The end of the first pass adds the others to all.
    latencies_[kAll].Add(latency);
  }
}

}  // namespace clockwork::telemetry
