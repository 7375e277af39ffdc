#include "tests/bench/figure11_cells.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace clockwork::bench {

std::string Line(const Cells& cells) { return fmt::format("| {} |\n", fmt::join(cells, " | ")); }

std::string Heading(const Cells& cells) { return Line(cells) + Line(Cells(cells.size(), "---")); }

std::string Rate(const std::optional<double>& rps) { return rps ? plan::Grouped(*rps) : kNone; }

std::string Decimals(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value) : kNone;
}

std::string MedianAndRange(const std::vector<plan::TrialRecord>& trials,
                           const plan::TrialValue& value) {
  const auto median = plan::MedianOf(trials, value);
  if (!median) return kNone;
  std::vector<double> said;
  for (const plan::TrialRecord& trial : trials) {
    if (const auto one = value(trial)) said.push_back(*one);
  }
  const auto [least, most] = std::minmax_element(said.begin(), said.end());
  return fmt::format("{} ({} to {})", plan::Grouped(*median), plan::Grouped(*least),
                     plan::Grouped(*most));
}

}  // namespace clockwork::bench
