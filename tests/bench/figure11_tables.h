#pragma once

// The tables of a sweep of Figure 11, as Markdown, each with what must be said below it. Where
// there is a median, it is that of the valid trials, or of all where none is valid. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/figure11_report.h"

namespace clockwork::bench {

// Peak goodput of the paper's figure and of the published re-run at this N
// (images/plotter/reference); nothing between or beyond their points.
struct Published {
  std::int64_t workers = 0;
  std::optional<double> paper_rps;
  std::optional<double> rerun_rps;
};
// `csv`: workers,paper_goodput_rps,rerun_goodput_rps.
std::vector<Published> ParsePublished(const std::string& csv);

// Goodput in r/s by N beside the published and the ideal; lag in ms, what was shed as the largest
// share of a trial's requests. Below it why trials are not valid.
std::string RenderGoodput(const std::vector<SweepRow>& rows,
                          const std::vector<Published>& published);

// By N: processor time per request sent, in microseconds, user + system, of each program and of all
// of them; the most memory of the controller in MiB.
std::string RenderCosts(const std::vector<SweepRow>& rows);

// Goodput in r/s and mean batch by load step beside the ideal, a table for each N of the sweep that
// the documents show: 40, 150, 400. Nothing where it has none of them.
std::string RenderSteps(const std::vector<SweepRow>& rows);

}  // namespace clockwork::bench
