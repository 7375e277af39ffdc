#include "images/common/plan/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace clockwork::plan {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson NumberOrNull(const std::optional<double>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

void Conclude(std::int64_t planned, WorkersResult* result) {
  result->median_goodput_rps = MedianOf(result->trials, &TrialRecord::goodput_rps);
  result->median_offered_rps = MedianOf(result->trials, &TrialRecord::offered_rps);
  result->median_mean_batch = MedianOf(result->trials, &TrialRecord::mean_batch);
  for (const TrialRecord& trial : result->trials) {
    result->max_lag_p99_us = std::max(result->max_lag_p99_us.value_or(0), trial.lag_p99_us);
    if (!trial.valid && result->reason.empty()) {
      result->reason = fmt::format("trial {}: {}", trial.id.trial, trial.reason);
    }
  }
  const auto measured = static_cast<std::int64_t>(result->trials.size());
  if (measured < planned) {
    result->reason = fmt::format("{} of {} trials measured", measured, planned);
  }
  result->valid = result->reason.empty();
}

OrderedJson EncodeTrial(const TrialRecord& trial) {
  return {{"goodputRps", trial.goodput_rps},
          {"offeredRps", trial.offered_rps},
          {"meanBatch", trial.mean_batch},
          {"lagP99Us", trial.lag_p99_us},
          {"valid", trial.valid},
          {"reason", trial.reason},
          {"trial", trial.id.trial},
          {"attempts", trial.attempts},
          {"sent", trial.sent},
          {"requestRows", trial.request_rows},
          {"actionRows", trial.action_rows},
          {"shedRequests", trial.shed_requests},
          {"durationSeconds", trial.duration_seconds},
          {"programs", EncodePrograms(trial.programs)}};
}

}  // namespace

OrderedJson EncodeWorkersResult(const WorkersResult& result) {
  OrderedJson trials = OrderedJson::array();
  for (const TrialRecord& trial : result.trials) trials.push_back(EncodeTrial(trial));
  return {{"workers", result.workers},
          {"config", result.config},
          {"medianGoodputRps", NumberOrNull(result.median_goodput_rps)},
          {"medianOfferedRps", NumberOrNull(result.median_offered_rps)},
          {"medianMeanBatch", NumberOrNull(result.median_mean_batch)},
          {"maxLagP99Us", NumberOrNull(result.max_lag_p99_us)},
          {"valid", result.valid},
          {"reason", result.reason},
          {"trials", std::move(trials)}};
}

namespace {

std::string Cell(const std::optional<double>& value, int decimals) {
  if (!value) return "-";
  return decimals == 0 ? Grouped(*value) : fmt::format("{:.{}f}", *value, decimals);
}

}  // namespace

std::optional<double> Median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

std::optional<double> MedianOf(const std::vector<TrialRecord>& trials, const TrialValue& value) {
  std::vector<double> measured;
  std::vector<double> valid;
  for (const TrialRecord& trial : trials) {
    const std::optional<double> said = value(trial);
    if (!said) continue;
    measured.push_back(*said);
    if (trial.valid) valid.push_back(*said);
  }
  return Median(valid.empty() ? measured : valid);
}

std::string Grouped(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  for (std::size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, 1, ',');
  return digits;
}

std::vector<WorkersResult> Summarize(const Plan& plan,
                                     const std::vector<std::optional<TrialRecord>>& records) {
  std::vector<WorkersResult> results;
  for (const std::int64_t workers : plan.worker_counts) {
    WorkersResult result;
    result.workers = workers;
    result.config = ConfigOf(plan, workers);
    for (std::size_t i = 0; i < plan.order.size(); ++i) {
      if (plan.order[i].workers == workers && records[i]) result.trials.push_back(*records[i]);
    }
    Conclude(plan.trials, &result);
    results.push_back(std::move(result));
  }
  return results;
}

std::string RenderTable(const std::vector<WorkersResult>& results) {
  constexpr const char* kRow = "{:>6}  {:>12}  {:>9}  {:>12}  {:>10}  {:>10}  {}\n";
  std::string table = fmt::format(kRow, "N", "goodput r/s", "per GPU", "offered r/s", "mean batch",
                                  "lag p99 us", "valid");
  for (const WorkersResult& result : results) {
    std::optional<double> per_gpu = result.median_goodput_rps;
    if (per_gpu) *per_gpu /= static_cast<double>(result.workers);
    table += fmt::format(kRow, result.workers, Cell(result.median_goodput_rps, 0), Cell(per_gpu, 1),
                         Cell(result.median_offered_rps, 0), Cell(result.median_mean_batch, 2),
                         Cell(result.max_lag_p99_us, 0),
                         result.valid ? "yes" : fmt::format("no: {}", result.reason));
  }
  return table;
}

std::string EncodeResult(const std::vector<WorkersResult>& results, const Plan& plan,
                         const ResultContext& context) {
  OrderedJson list = OrderedJson::array();
  std::size_t measured = 0;
  for (const WorkersResult& result : results) {
    list.push_back(EncodeWorkersResult(result));
    measured += result.trials.size();
  }
  const OrderedJson json = {
      {"experiment", context.experiment},
      {"complete", context.finished && measured == plan.order.size()},
      {"results", std::move(list)},
      {"figures", context.figures},
      {"measurement", context.measurement},
      {"spec", context.spec == nullptr ? OrderedJson::object() : *context.spec},
      {"machine", context.machine == nullptr ? OrderedJson::object() : *context.machine}};
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace clockwork::plan
