#pragma once

// What whoever has an experiment measured in a cluster tells those who file its trials, so that
// these can leave what a run on one machine leaves: the record of each trial and the result of the
// experiment. Pure. It is the text in CLOCKWORK_EXPERIMENT (docs/programs.md).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/result.h"
#include "images/common/plan/plan.h"
#include "images/common/plan/trial_record.h"

namespace clockwork::plan {

inline constexpr const char* kFilingVariable = "CLOCKWORK_EXPERIMENT";

struct Filing {
  std::string experiment;                   // its name
  std::string measurement;                  // as in TrialRecord,
  std::string uid = {};                     // and this
  std::vector<std::int64_t> worker_counts;  // ascending
  std::int64_t trials = 0;
  std::int64_t attempts = 0;        // of the trial that is filed, this one included
  std::int64_t max_lag_us = 1'000;  // see Judge
  bool summary_optional = false;    // see ReadEvidence
  nlohmann::ordered_json spec = nlohmann::ordered_json::object();  // for the result
  bool operator==(const Filing&) const = default;
};

// One line of JSON, and back.
std::string EncodeFiling(const Filing& filing);
Result<Filing> DecodeFiling(std::string_view text);

// With all that a result needs; how long its trials take is not known.
Plan PlanOf(const Filing& filing);

// The record of a trial from the evidence of its attempt. How long it took, and what its programs
// used, nobody knows.
Result<TrialRecord> RecordOf(std::string_view evidence, TrialId id, const Filing& filing);

// Whether a record that was found is one of this experiment's trial, and not of an earlier one of
// the same name and spec. One without a uid, as an earlier version left it, is believed.
bool IsOf(const TrialRecord& record, const PlannedTrial& trial, const Filing& filing);

}  // namespace clockwork::plan
