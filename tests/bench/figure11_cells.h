#pragma once

// Cells and lines of the sweep's Markdown tables. Pure.

#include <optional>
#include <string>
#include <vector>

#include "images/common/plan/results.h"

namespace clockwork::bench {

using Cells = std::vector<std::string>;

inline constexpr char kNone[] = "–";  // nothing to say

std::string Line(const Cells& cells);
std::string Heading(const Cells& cells);  // with the line below it

// 10630.4 -> "10,630".
std::string Rate(const std::optional<double>& rps);
// With two digits behind the point.
std::string Decimals(const std::optional<double>& value);
// "10,630 (10,600 to 10,650)": the median of the valid trials (plan::MedianOf), and of all trials
// that say `value` the smallest to the largest.
std::string MedianAndRange(const std::vector<plan::TrialRecord>& trials,
                           const plan::TrialValue& value);

}  // namespace clockwork::bench
