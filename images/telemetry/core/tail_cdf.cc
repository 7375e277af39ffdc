#include "images/telemetry/core/tail_cdf.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "images/telemetry/core/number_format.h"

namespace clockwork::telemetry {
namespace {

// As kLatencyBits: there are many columns of errors, and they span many doublings.
constexpr int kErrorBits = 12;
// Keys that a column may keep in a later pass (4 MiB, 1 MiB), so that it may be the last one.
constexpr std::size_t kKeptLatencies = std::size_t{1} << 19;
constexpr std::size_t kKeptErrors = std::size_t{1} << 17;
constexpr double kNanosPerMilli = 1e6;

// Places of the metrics among the error columns, and within one metric.
constexpr std::size_t kPrediction = 0;
constexpr std::size_t kPredictionRatio = 4;
constexpr std::size_t kCompletion = 8;
constexpr std::size_t kCompletionRatio = 12;
constexpr std::size_t kInferOffset = 2;

// The span that differs by wrapping, as 64-bit columns do.
std::int64_t Difference(Nanos a, Nanos b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

// A key of an error column as the value that was looked at: for `under` columns the negated one,
// so that a zero is -0.0.
double ErrorValue(std::size_t column, std::uint64_t key) {
  const bool is_ratio = (column / 4) % 2 == 1;
  const double magnitude =
      is_ratio ? std::bit_cast<double>(key) : static_cast<double>(key) / kNanosPerMilli;
  const bool is_under = column % 2 == 1;
  return is_under && magnitude == 0 ? -0.0 : magnitude;
}

bool EndAll(std::vector<QuantileSearch>* searches, const std::vector<double>& quantiles,
            std::size_t kept_keys) {
  bool done = true;
  for (QuantileSearch& search : *searches) done = search.EndPass(quantiles, kept_keys) && done;
  return done;
}

std::vector<std::string> ColumnNames() {
  std::vector<std::string> names = {"quantile"};
  for (const char* metric : {"prediction_error", "prediction_error_ratio", "completion_error",
                             "completion_error_ratio"}) {
    for (const char* action : {"load_", "infer_"}) {
      names.push_back(std::string(action) + metric + "_over");
      names.push_back(std::string(action) + metric + "_under");
    }
  }
  names.insert(names.end(), {"latency", "cold", "hot", "y"});
  return names;
}

}  // namespace

TailCdf::TailCdf()
    : errors_(kErrorColumns, QuantileSearch(kErrorBits, ColumnPosition)),
      latencies_(kLatencyColumns, QuantileSearch(kLatencyBits, ColumnPosition)) {}

void TailCdf::Add(const ActionRow& row) {
  if (actions_done_) return;
  if (first_pass_) ++actions_;
  if (row.action_type != kActionLoad && row.action_type != kActionInfer) return;
  const std::size_t type = row.action_type == kActionInfer ? kInferOffset : 0;
  const std::int64_t prediction = Difference(row.worker_exec_duration, row.expected_exec_duration);
  const std::int64_t completion = Difference(row.worker_exec_complete, row.expected_exec_complete);
  AddError(kPrediction + type, prediction);
  AddRatio(kPredictionRatio + type, static_cast<double>(prediction) / kNanosPerMilli /
                                        static_cast<double>(row.worker_exec_duration));
  AddError(kCompletion + type, completion);
  AddRatio(kCompletionRatio + type, static_cast<double>(completion) / kNanosPerMilli /
                                        static_cast<double>(row.worker_exec_complete));
}

void TailCdf::Add(const RequestBatch& batch) {
  static_assert(kAll == 0 && kCold == 1 && kHot == 2);
  requests_ += batch.size();
  QuantileSearch* const searches = latencies_.data();
  for (const KeptRequest& row : batch.kept()) {
    searches[(row.cold() ? 1 : 0) + (row.hot() ? 2 : 0)].Count<kLatencyBits>(row.latency_ns());
  }
}

void TailCdf::AddError(std::size_t over, std::int64_t error_ns) {
  const auto key = static_cast<std::uint64_t>(error_ns);
  // Which one it is changes from row to row: no branch but for zero, which counts for both.
  const bool is_under = error_ns < 0;
  errors_[over + std::size_t{is_under}].Add(is_under ? 0 - key : key);
  if (error_ns == 0) errors_[over + 1].Add(0);
}

// The bits of doubles that are not negative are in the order of their values. 0/0 is in no column.
void TailCdf::AddRatio(std::size_t over, double ratio) {
  const auto key = std::bit_cast<std::uint64_t>(std::fabs(ratio));
  if (std::isnan(ratio)) return;
  errors_[over + std::size_t{ratio < 0}].Add(key);
  if (ratio == 0) errors_[over + 1].Add(key);
}

void TailCdf::Merge(const TailCdf& other) {
  requests_ += other.requests_;
  actions_ += other.actions_;
  for (std::size_t i = 0; i < kErrorColumns; ++i) errors_[i].Merge(other.errors_[i]);
  for (std::size_t i = 0; i < kLatencyColumns; ++i) latencies_[i].Merge(other.latencies_[i]);
}

void TailCdf::EndFirstPass() {
  first_pass_ = false;
  latencies_[kAll].Merge(latencies_[kCold]);
  latencies_[kAll].Merge(latencies_[kHot]);
  const double log_n = std::log10(static_cast<double>(std::max(requests_, actions_)));
  const double step = log_n / static_cast<double>(kPoints - 1);
  for (std::size_t k = 0; k < kPoints; ++k) {
    const double y = k + 1 == kPoints ? log_n : static_cast<double>(k) * step;
    y_.push_back(y);
    quantiles_.push_back(1 - 1 / std::pow(10.0, y));
  }
}

bool TailCdf::EndPass() {
  if (first_pass_) EndFirstPass();
  const bool requests_done = EndRequestPass();
  return EndActionPass() && requests_done;
}

bool TailCdf::EndRequestPass() {
  if (requests_done_) return true;
  requests_done_ = EndAll(&latencies_, quantiles_, kKeptLatencies);
  wanted_.Clear();
  for (std::size_t column = 0; column < kLatencyColumns; ++column) {
    latencies_[column].MarkWanted(static_cast<std::uint8_t>(1U << column), &wanted_);
  }
  return requests_done_;
}

bool TailCdf::EndActionPass() {
  if (!actions_done_) actions_done_ = EndAll(&errors_, quantiles_, kKeptErrors);
  return actions_done_;
}

Table TailCdf::Data() const {
  Table table;
  table.columns = ColumnNames();
  for (std::size_t k = 0; k < kPoints; ++k) {
    std::vector<std::string>& row = table.rows.emplace_back();
    row.push_back(FormatFloat(quantiles_[k]));
    for (std::size_t column = 0; column < kErrorColumns; ++column) {
      const QuantileSearch& search = errors_[column];
      if (search.count() == 0) {
        row.emplace_back();
        continue;
      }
      const QuantileSearch::Neighbours at = search.At(k);
      row.push_back(FormatFloat(
          ColumnQuantile(ErrorValue(column, at.below), ErrorValue(column, at.above), at.fraction)));
    }
    for (const QuantileSearch& search : latencies_) {
      if (search.count() == 0) {
        row.emplace_back();
        continue;
      }
      const QuantileSearch::Neighbours at = search.At(k);
      row.push_back(FormatFloat(ColumnQuantile(static_cast<double>(at.below),
                                               static_cast<double>(at.above), at.fraction) /
                                kNanosPerMilli));
    }
    row.push_back(FormatFloat(y_[k]));
  }
  return table;
}

}  // namespace clockwork::telemetry
