#include "tests/bench/figure11_plot_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

namespace clockwork::bench {
namespace {

constexpr std::string_view kLate = "the client lagged";  // as plan::Judge has it
constexpr double kSecondsPerMinute = 60;

// Of a left figure, in the order of its columns.
struct Measure {
  std::string_view name;
  double plan::Bucket::*member;
};
constexpr std::array<Measure, 3> kMeasures = {{{"goodput", &plan::Bucket::goodput_rps},
                                               {"batchsize", &plan::Bucket::mean_batch},
                                               {"throughput", &plan::Bucket::throughput_rps}}};

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

std::string CellOf(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

// The load steps that a trial has a bucket of.
std::set<std::int64_t> MeasuredSteps(const SweepRow& row) {
  std::set<std::int64_t> steps;
  for (const auto& [trial, buckets] : row.buckets) {
    for (const plan::Bucket& bucket : buckets) steps.insert(bucket.bucket);
  }
  return steps;
}

std::optional<double> Offered(const SweepRow& row, std::int64_t step) {
  const auto steps = static_cast<std::int64_t>(row.ideal.steps.size());
  if (step < 0 || step >= steps) return std::nullopt;
  return row.ideal.steps[static_cast<std::size_t>(step)].offered_rps;
}

std::string LeftHeading(std::size_t trials) {
  std::string heading = "bucket\tt";
  for (std::size_t i = 0; i < trials; ++i) {
    for (const Measure& measure : kMeasures) heading += fmt::format("\t{}{}", measure.name, i);
  }
  for (const Measure& measure : kMeasures) heading += fmt::format("\t{}_median", measure.name);
  return heading + "\toffered\n";
}

}  // namespace

std::string AggregateTable(const std::vector<SweepRow>& rows) {
  return Table(rows, "0.0", [](const SweepRow& row, const plan::TrialRecord* trial) {
    return CellOf(trial != nullptr ? trial->goodput_rps : row.result.median_goodput_rps);
  });
}

std::string LeftTable(const SweepRow& row, std::int64_t period_seconds) {
  const std::vector<plan::TrialRecord>& trials = row.result.trials;
  std::string text = LeftHeading(trials.size());
  for (const std::int64_t step : MeasuredSteps(row)) {
    text +=
        fmt::format("{}\t{}", step, static_cast<double>(step * period_seconds) / kSecondsPerMinute);
    for (const plan::TrialRecord& trial : trials) {
      for (const Measure& measure : kMeasures) {
        text += '\t' + CellOf(InStep(row, step, measure.member)(trial));
      }
    }
    for (const Measure& measure : kMeasures) {
      text += '\t' + CellOf(plan::MedianOf(trials, InStep(row, step, measure.member)));
    }
    text += '\t' + CellOf(Offered(row, step)) + '\n';
  }
  return text;
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
