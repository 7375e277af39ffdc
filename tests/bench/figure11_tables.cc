#include "tests/bench/figure11_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "images/common/base/parse.h"
#include "tests/bench/figure11_cells.h"

namespace clockwork::bench {
namespace {

using plan::TrialRecord;

constexpr double kUsPerMs = 1e3;
constexpr double kWholeFromMs = 10;  // with two decimals below

std::string Lags(const std::vector<TrialRecord>& trials) {
  Cells lags;
  for (const TrialRecord& trial : trials) {
    const double ms = trial.lag_p99_us / kUsPerMs;
    lags.push_back(fmt::format("{:.{}f}", ms, ms < kWholeFromMs ? 2 : 0));
  }
  return fmt::format("{}", fmt::join(lags, ", "));
}

std::string Shed(const std::vector<TrialRecord>& trials) {
  double most = 0;
  for (const TrialRecord& trial : trials) {
    if (trial.sent == 0) continue;
    most =
        std::max(most, static_cast<double>(trial.shed_requests) / static_cast<double>(trial.sent));
  }
  return most > 0 ? fmt::format("{:.2f} %", 100 * most) : kNone;
}

std::string Valid(const std::vector<TrialRecord>& trials) {
  const auto valid = std::count_if(trials.begin(), trials.end(),
                                   [](const TrialRecord& trial) { return trial.valid; });
  return fmt::format("{} of {}", valid, trials.size());
}

// A list of what is held against an N and its trials, with an empty line before it; nothing where
// all is well.
std::string Objections(const std::vector<SweepRow>& rows) {
  std::string list;
  for (const SweepRow& row : rows) {
    const plan::WorkersResult& result = row.result;
    bool told = result.valid;
    for (const TrialRecord& trial : result.trials) {
      if (trial.valid) continue;
      const std::string objection = fmt::format("trial {}: {}", trial.id.trial, trial.reason);
      told = told || objection == result.reason;
      list += fmt::format("* N = {}, {}\n", result.workers, objection);
    }
    if (!told) list += fmt::format("* N = {}: {}\n", result.workers, result.reason);
  }
  return list.empty() ? "" : "\nNot valid:\n\n" + list;
}

std::optional<Published> Find(const std::vector<Published>& published, std::int64_t workers) {
  const auto found = std::find_if(published.begin(), published.end(),
                                  [&](const Published& p) { return p.workers == workers; });
  return found == published.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::vector<Published> ParsePublished(const std::string& csv) {
  const auto number = [](std::string_view cell) {
    const auto value = ParseDecimal("cell", cell);
    return value.ok() ? std::optional<double>(*value) : std::nullopt;
  };
  std::vector<Published> published;
  for (const std::string_view line : Split(csv, '\n')) {
    const auto cells = Split(line, ',');
    if (cells.size() != 3) continue;
    const auto workers = ParseInteger("workers", cells[0], 1, INT32_MAX);
    if (workers.ok()) published.push_back({*workers, number(cells[1]), number(cells[2])});
  }
  return published;
}

std::string RenderGoodput(const std::vector<SweepRow>& rows,
                          const std::vector<Published>& published) {
  std::string text =
      Heading({"N", "paper", "published re-run", "ideal",
               "ours: median of the valid trials (smallest to largest of all)", "per GPU",
               "of the ideal", "lag p99 in the worst step, each trial (ms)", "shed", "valid"});
  for (const SweepRow& row : rows) {
    const plan::WorkersResult& result = row.result;
    const Published reference = Find(published, result.workers).value_or(Published{});
    auto per_gpu = result.median_goodput_rps;
    if (per_gpu) *per_gpu /= static_cast<double>(result.workers);
    text +=
        Line({std::to_string(result.workers), Rate(reference.paper_rps), Rate(reference.rerun_rps),
              Rate(row.ideal.goodput_rps), MedianAndRange(result.trials, &TrialRecord::goodput_rps),
              Rate(per_gpu), fmt::format("{:.1f} %", 100 * OfIdeal(row)), Lags(result.trials),
              Shed(result.trials), Valid(result.trials)});
  }
  return text + Objections(rows);
}

}  // namespace clockwork::bench
