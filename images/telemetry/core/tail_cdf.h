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
#include "images/telemetry/core/table.h"

namespace clockwork::telemetry {

class TailCdf {
 public:
  static constexpr std::size_t kPoints = 1000;

  TailCdf();

  void Add(const RequestRow& row);
  void Add(const ActionRow& row);
  void Merge(const TailCdf& other);  // in the first pass of both
  bool EndPass();                    // both
  // The first pass is over.
  bool EndRequestPass();
  bool EndActionPass();
  // Whether Add has anything to learn from such a request in the next pass.
  bool Wants(const RequestRow& row) const {
    const auto latency = static_cast<std::uint64_t>(row.latency);
    return latencies_[kAll].Wants(latency) || latencies_[ColumnOf(row)].Wants(latency);
  }
  // Another pass over these rows has nothing to tell.
  bool requests_done() const { return requests_done_; }
  bool actions_done() const { return actions_done_; }

  // Requires that EndPass was true and that there is a row.
  Table Data() const;

 private:
  // Four metrics, each as load over, load under, infer over, infer under.
  static constexpr std::size_t kErrorColumns = 16;
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
};

}  // namespace clockwork::telemetry
