#pragma once

// The rows of a sweep of Figure 11, and what there is to say of them beside tables
// (figure11_tables.h, figure11_plot_tables.h): per N a line of JSON, the knee, the versions, what
// stands below the figure. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/plan/results.h"
#include "images/common/plan/time_series.h"

namespace clockwork::bench {

// What the scheduler reaches in a load step when deciding costs nothing.
struct IdealStep {
  double factor = 0;
  double offered_rps = 0;  // by the same arrivals as a trial's
  double goodput_rps = 0;
  double mean_batch = 0;
};

// The ideal of one N, with the version that found it, because another one's scheduler may decide
// otherwise.
struct Ideal {
  std::int64_t period_seconds = 0;
  double goodput_rps = 0;  // of the best step
  std::string version;
  std::vector<IdealStep> steps;
};

struct SweepRow {
  plan::WorkersResult result;
  Ideal ideal;
  std::string directory = "";  // of its experiment
  // By trial, what was answered in each load step; a trial without tables is left out.
  std::map<std::int64_t, std::vector<plan::Bucket>> buckets = {};
};

struct Sweep {
  std::vector<SweepRow> rows;  // ascending N
  std::int64_t period_seconds = 0;
};

// Whether one of its trials is valid: where none is, medians run over those that are not.
bool HasValidTrial(const SweepRow& row);

// What the table of a trial says of a load step, from 0; nothing: it has no bucket of it. Refers to
// `row`.
plan::TrialValue InStep(const SweepRow& row, std::int64_t step, double plan::Bucket::*member);

// The median goodput as a share of the ideal, 0 to about 1.
double OfIdeal(const SweepRow& row);

// The fields of result.json for this N, and "idealRps", "ofIdeal".
nlohmann::ordered_json ToJson(const SweepRow& row);

// A sentence on the first N whose goodput is below 95 % of the ideal, and one on those N up to it
// (all, where there is no such N) that have no valid trial: it rests on them, too.
// Requires a row.
std::string RenderKnee(const std::vector<SweepRow>& rows);

// Which versions of the programs measured which N, a line for each; one line alone when all trials
// are of the same one.
std::string RenderVersions(const std::vector<SweepRow>& rows);

// What stands below the figure: zoo, trials, load steps, what is synthetic and emulated, whose
// servers the others had. `more`: added when not empty.
std::string Caption(const Sweep& sweep, const std::string& more);

}  // namespace clockwork::bench
