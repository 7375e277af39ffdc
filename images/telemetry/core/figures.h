#pragma once

// The tables behind the two halves of Figure 11: medians over trials (spec/telemetry.md §2.9).
// Pure.
//
// Trials come in the order in which they are to be numbered. Cells that are missing in a trial are
// left out of the median; a median over none is an empty cell.

#include <optional>
#include <vector>

#include "images/common/base/result.h"
#include "images/telemetry/core/table.h"

namespace clockwork::telemetry {

// Mean of the middle two for an even number; nothing for none.
std::optional<double> Median(std::vector<double> values);

// 11a, from the time series of one worker count: goodput, batch size and throughput of each trial
// and their medians. Rows are aligned by position; bucket and t are the first trial's, hence empty
// where a later trial has more rows (and bucket is then printed as a float, as published).
// Requires a trial. Error: a table lacks a column or holds a text; `*failed` is its place.
Result<Table> LeftFigure(const std::vector<Table>& trials, std::size_t* failed);

// 11b, from the aggregates: peak goodput of each trial and their median, by the number of workers
// in the order of first appearance, behind a row of zeros. There are columns for three trials even
// if there are fewer; those of further trials follow the median, with an empty cell in the row of
// zeros.
Result<Table> RightFigure(const std::vector<Table>& trials, std::size_t* failed);

}  // namespace clockwork::telemetry
