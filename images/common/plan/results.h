#pragma once

// From the records of trials to the result of an experiment: medians per N, the table a person
// reads and the contents of result.json. Pure.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "images/common/plan/plan.h"
#include "images/common/plan/trial_record.h"

namespace clockwork::plan {

// Of an even number the mean of the middle two; nothing of none.
std::optional<double> Median(std::vector<double> values);

// What a trial says of one thing; nothing: it does not say.
using TrialValue = std::function<std::optional<double>(const TrialRecord&)>;
// The median over the valid trials that say `value`, or over all that do where none of them is
// valid.
std::optional<double> MedianOf(const std::vector<TrialRecord>& trials, const TrialValue& value);

// To a whole number, for people: 10630.4 -> "10,630".
std::string Grouped(double value);

// All that is known about one N. The medians run over the valid trials, or over all that are
// measured where none is valid; `valid` says whether every planned trial was measured and is valid.
struct WorkersResult {
  std::int64_t workers = 0;
  std::int64_t config = 0;
  std::optional<double> median_goodput_rps;
  std::optional<double> median_offered_rps;
  std::optional<double> median_mean_batch;
  std::optional<double> max_lag_p99_us;
  bool valid = false;
  std::string reason;               // the first one against it
  std::vector<TrialRecord> trials;  // the measured ones, by trial
};

// One entry per N of the plan, in its order. `records` runs parallel to the plan's order.
std::vector<WorkersResult> Summarize(const Plan& plan,
                                     const std::vector<std::optional<TrialRecord>>& records);

// The table of N against median peak goodput; lines end with a newline.
std::string RenderTable(const std::vector<WorkersResult>& results);

// What result.json says beside the results.
struct ResultContext {
  std::string experiment;                           // its name
  std::string measurement;                          // names what may not change (TrialRecord)
  const nlohmann::ordered_json* spec = nullptr;     // of the resource; not owned
  const nlohmann::ordered_json* machine = nullptr;  // not owned
  std::vector<std::string> figures;                 // paths relative to result.json
  bool finished = false;  // nothing is left to do; "complete" needs every trial as well
};

// An element of the results below.
nlohmann::ordered_json EncodeWorkersResult(const WorkersResult& result);

// {"experiment", "results": [{"workers", "medianGoodputRps", "valid", "trials": [{"goodputRps",
// "offeredRps", "meanBatch", "lagP99Us", "valid", …}], …}], "machine", "complete", "spec", …}: JSON
// text.
std::string EncodeResult(const std::vector<WorkersResult>& results, const Plan& plan,
                         const ResultContext& context);

}  // namespace clockwork::plan
