#include "tests/bench/figure11_plot_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace clockwork::bench {
namespace {

constexpr std::string_view kLate = "the client lagged";  // as plan::Judge has it

// The published form. `cell` is asked for a trial, or with a null one for the median.
std::string Table(
    const std::vector<SweepRow>& rows, std::string_view zero,
    const std::function<std::string(const SweepRow&, const plan::TrialRecord*)>& cell) {
  std::size_t trials = 0;
  for (const SweepRow& row : rows) trials = std::max(trials, row.result.trials.size());
  std::string header = "num_models";
  std::string origin = "0";
  for (std::size_t i = 0; i < trials; ++i) {
    header += fmt::format("\tgoodput{}", i);
    origin += fmt::format("\t{}", zero);
  }
  std::string text = fmt::format("{}\tgoodput_median\n{}\t{}\n", header, origin, zero);
  for (const SweepRow& row : rows) {
    text += std::to_string(row.result.workers);
    for (std::size_t i = 0; i < trials; ++i) {
      const bool measured = i < row.result.trials.size();
      text += '\t' + (measured ? cell(row, &row.result.trials[i]) : "");
    }
    text += '\t' + cell(row, nullptr) + '\n';
  }
  return text;
}

}  // namespace

std::string AggregateTable(const std::vector<SweepRow>& rows) {
  return Table(rows, "0.0", [](const SweepRow& row, const plan::TrialRecord* trial) {
    const auto& median = row.result.median_goodput_rps;
    if (trial != nullptr) return fmt::format("{}", trial->goodput_rps);
    return median ? fmt::format("{}", *median) : "";
  });
}

std::string IdealTable(const std::vector<SweepRow>& rows) {
  std::string text = "workers,goodput_rps\n0,0\n";
  for (const SweepRow& row : rows) {
    text += fmt::format("{},{}\n", row.result.workers, row.ideal.goodput_rps);
  }
  return text;
}

std::string ValidityTable(const std::vector<SweepRow>& rows) {
  return Table(rows, "1", [](const SweepRow& row, const plan::TrialRecord* trial) {
    return std::string((trial != nullptr ? trial->valid : HasValidTrial(row)) ? "1" : "0");
  });
}

std::string NotValidLabel(const std::vector<SweepRow>& rows) {
  for (const SweepRow& row : rows) {
    for (const plan::TrialRecord& trial : row.result.trials) {
      if (!trial.valid && !trial.reason.starts_with(kLate)) return "trial that is not valid";
    }
  }
  return "trial with a late load generator (not valid)";
}

}  // namespace clockwork::bench
