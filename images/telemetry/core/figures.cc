#include "images/telemetry/core/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "images/telemetry/core/number_format.h"

namespace clockwork::telemetry {
namespace {

using Numbers = std::vector<std::optional<double>>;

constexpr std::size_t kPublishedTrials = 3;

std::string Cell(const std::optional<double>& value) { return value ? FormatFloat(*value) : ""; }

// The numbers of a column in each trial.
Result<std::vector<Numbers>> Collect(const std::vector<Table>& trials, const char* column,
                                     std::size_t* failed) {
  std::vector<Numbers> collected;
  for (std::size_t trial = 0; trial < trials.size(); ++trial) {
    auto numbers = NumbersOf(trials[trial], column);
    if (!numbers.ok()) {
      *failed = trial;
      return numbers.error();
    }
    collected.push_back(std::move(*numbers));
  }
  return collected;
}

std::optional<double> At(const Numbers& numbers, std::size_t row) {
  return row < numbers.size() ? numbers[row] : std::nullopt;
}

std::optional<double> MedianOf(const std::vector<Numbers>& trials, std::size_t row) {
  std::vector<double> values;
  for (const Numbers& numbers : trials) {
    if (const auto value = At(numbers, row)) values.push_back(*value);
  }
  return Median(std::move(values));
}

std::string WholeNumber(const std::optional<double>& value, bool as_float) {
  if (!value) return "";
  return as_float ? FormatFloat(*value) : FormatInteger(static_cast<std::int64_t>(*value));
}

}  // namespace

std::optional<double> Median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

Result<Table> LeftFigure(const std::vector<Table>& trials, std::size_t* failed) {
  const char* const kMeasures[] = {"goodput", "batchsize", "throughput"};
  std::vector<std::vector<Numbers>> measures;
  for (const char* measure : kMeasures) {
    auto collected = Collect(trials, measure, failed);
    if (!collected.ok()) return collected.error();
    measures.push_back(std::move(*collected));
  }
  *failed = 0;
  const auto buckets = NumbersOf(trials.front(), "bucket");
  if (!buckets.ok()) return buckets.error();
  const auto times = NumbersOf(trials.front(), "t");
  if (!times.ok()) return times.error();

  Table table;
  table.columns = {"bucket", "t"};
  std::size_t rows = 0;
  for (std::size_t trial = 0; trial < trials.size(); ++trial) {
    for (const char* measure : kMeasures) {
      table.columns.push_back(fmt::format("{}{}", measure, trial));
    }
    rows = std::max(rows, trials[trial].rows.size());
  }
  for (const char* measure : kMeasures) table.columns.push_back(fmt::format("{}_median", measure));
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<std::string>& cells = table.rows.emplace_back();
    cells.push_back(WholeNumber(At(*buckets, row), rows > buckets->size()));
    cells.push_back(Cell(At(*times, row)));
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
      for (const auto& measure : measures) cells.push_back(Cell(At(measure[trial], row)));
    }
    for (const auto& measure : measures) cells.push_back(Cell(MedianOf(measure, row)));
  }
  return table;
}

Result<Table> RightFigure(const std::vector<Table>& trials, std::size_t* failed) {
  const auto workers = Collect(trials, "num_models", failed);
  if (!workers.ok()) return workers.error();
  const auto goodputs = Collect(trials, "goodput", failed);
  if (!goodputs.ok()) return goodputs.error();

  // By worker count and not by position: a trial may lack one.
  std::map<double, Numbers> by_workers;
  for (std::size_t trial = 0; trial < trials.size(); ++trial) {
    for (std::size_t row = 0; row < trials[trial].rows.size(); ++row) {
      const auto& count = (*workers)[trial][row];
      if (!count) continue;
      Numbers& values = by_workers[*count];
      values.resize(trials.size());
      values[trial] = (*goodputs)[trial][row];
    }
  }

  const std::size_t shown = std::max(trials.size(), kPublishedTrials);
  const auto with_median = [shown](std::vector<std::string> cells, std::string median) {
    cells.resize(1 + shown);
    cells.insert(cells.begin() + 1 + kPublishedTrials, std::move(median));
    return cells;
  };
  Table table;
  std::vector<std::string> names = {"num_models"};
  for (std::size_t trial = 0; trial < shown; ++trial) {
    names.push_back(fmt::format("goodput{}", trial));
  }
  table.columns = with_median(std::move(names), "goodput_median");
  const std::string zero = FormatFloat(0);
  table.rows.push_back(with_median({FormatInteger(0), zero, zero, zero}, zero));
  for (const auto& [count, values] : by_workers) {
    std::vector<std::string> cells = {WholeNumber(count, false)};
    std::vector<double> present;
    for (const auto& value : values) {
      cells.push_back(Cell(value));
      if (value) present.push_back(*value);
    }
    table.rows.push_back(with_median(std::move(cells), Cell(Median(std::move(present)))));
  }
  return table;
}

}  // namespace clockwork::telemetry
