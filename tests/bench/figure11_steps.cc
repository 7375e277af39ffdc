#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/bench/figure11_cells.h"
#include "tests/bench/figure11_tables.h"

namespace clockwork::bench {
namespace {

constexpr std::array<std::int64_t, 3> kStepsOf = {40, 150, 400};

std::string StepsOf(const SweepRow& row) {
  std::string text = Heading({"factor", "offered",
                              "ours: goodput, median of the valid trials (smallest to largest of "
                              "all)",
                              "ideal's goodput", "mean batch, ours", "ideal's mean batch"});
  for (std::size_t step = 0; step < row.ideal.steps.size(); ++step) {
    const IdealStep& ideal = row.ideal.steps[step];
    const auto in_step = [&row, step](double plan::Bucket::*member) {
      return InStep(row, static_cast<std::int64_t>(step), member);
    };
    const auto& trials = row.result.trials;
    text +=
        Line({fmt::format("{:.2f}", ideal.factor), Rate(ideal.offered_rps),
              MedianAndRange(trials, in_step(&plan::Bucket::goodput_rps)), Rate(ideal.goodput_rps),
              Decimals(plan::MedianOf(trials, in_step(&plan::Bucket::mean_batch))),
              Decimals(ideal.mean_batch)});
  }
  return fmt::format("N = {}, by load step:\n\n{}", row.result.workers, text);
}

}  // namespace

std::string RenderSteps(const std::vector<SweepRow>& rows) {
  std::string text;
  for (const SweepRow& row : rows) {
    if (std::find(kStepsOf.begin(), kStepsOf.end(), row.result.workers) == kStepsOf.end()) continue;
    text += StepsOf(row) + "\n";
  }
  if (text.empty()) return "";
  return text +
         "Offered is what the client sends by its schedule. Goodput and mean batch are those of "
         "the time series, by the time of the answer; it leaves out the last bucket, as the "
         "published one does, and so the last step (–) where nothing was answered after it.\n";
}

}  // namespace clockwork::bench
