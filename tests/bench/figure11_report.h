#pragma once

// What the sweep of Figure 11 has to say: per N a line of JSON, and at the end a table beside the
// paper's curve and the ideal. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/plan/results.h"

namespace clockwork::bench {

struct SweepRow {
  plan::WorkersResult result;
  double ideal_rps = 0;
  std::string directory = "";  // of its experiment
};

struct Sweep {
  std::vector<SweepRow> rows;  // ascending N
  std::int64_t period_seconds = 0;
};

// Peak goodput of the paper's figure and of the published re-run at this N
// (images/plotter/reference); nothing between or beyond their points.
struct Published {
  std::int64_t workers = 0;
  std::optional<double> paper_rps;
  std::optional<double> rerun_rps;
};
// `csv`: workers,paper_goodput_rps,rerun_goodput_rps.
std::vector<Published> ParsePublished(const std::string& csv);

// The fields of result.json for this N, and "idealRps", "ofIdeal".
nlohmann::ordered_json ToJson(const SweepRow& row);

// One line per N. An N with an invalid trial is marked and explained below.
std::string RenderSweep(const std::vector<SweepRow>& rows, const std::vector<Published>& published);

// The first N whose goodput is below 95 % of the ideal.
std::optional<std::int64_t> Knee(const std::vector<SweepRow>& rows);

// Which versions of the programs measured which N, a line for each; one line alone when all trials
// are of the same one.
std::string RenderVersions(const std::vector<SweepRow>& rows);

// What stands below the figure: zoo, trials, load steps, whose servers the others had. `more`:
// added when not empty.
std::string Caption(const Sweep& sweep, const std::string& more);

// The tables that the plotter reads: trials and medians by N, as many columns as the N with the
// most trials has, and the ideal.
std::string AggregateTable(const std::vector<SweepRow>& rows);
std::string IdealTable(const std::vector<SweepRow>& rows);

}  // namespace clockwork::bench
