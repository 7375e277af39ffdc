#pragma once

// The tables of a sweep that the plotter reads. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/figure11_report.h"

namespace clockwork::bench {

// Trials and medians by N in the published form, as many columns as the N with the most trials has.
std::string AggregateTable(const std::vector<SweepRow>& rows);

// Goodput, mean batch and throughput by load step, in the columns of `telemetry figures`
// (docs/programs.md). The medians are those of figure11_tables.h, over valid trials. A last column,
// offered, is what the client sends by its schedule (throughput: what was answered in that time).
std::string LeftTable(const SweepRow& row, std::int64_t period_seconds);

// The ideal by N: workers,goodput_rps.
std::string IdealTable(const std::vector<SweepRow>& rows);

// Which numbers of the aggregate table rest on valid trials: the same columns and rows with 1 or 0
// in place of a number. A median has 0 where no trial of its N is valid, and only there: else it is
// that of the valid ones, however many are not, or are missing.
std::string ValidityTable(const std::vector<SweepRow>& rows);

// What the figure calls a trial that is not valid: that its load generator was late, where nothing
// else is held against any of them.
std::string NotValidLabel(const std::vector<SweepRow>& rows);

}  // namespace clockwork::bench
