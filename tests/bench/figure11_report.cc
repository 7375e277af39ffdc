#include "tests/bench/figure11_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "images/common/base/parse.h"
#include "operator/plan/versions.h"

namespace clockwork::bench {
namespace {

constexpr double kKneeFraction = 0.95;

double OfIdeal(const SweepRow& row) {
  return row.ideal_rps > 0 ? row.result.median_goodput_rps.value_or(0) / row.ideal_rps : 0;
}

std::optional<double> Number(std::string_view cell) {
  const auto value = ParseDecimal("cell", cell);
  return value.ok() ? std::optional<double>(*value) : std::nullopt;
}

std::string Rate(const std::optional<double>& value) {
  return value ? fmt::format("{:.0f}", *value) : "-";
}

const Published* Find(const std::vector<Published>& published, std::int64_t workers) {
  const auto found = std::find_if(published.begin(), published.end(),
                                  [&](const Published& p) { return p.workers == workers; });
  return found == published.end() ? nullptr : &*found;
}

// Seconds of all programs per request, in microseconds, over the trials.
double CpuPerRequestUs(const plan::WorkersResult& result, const std::string& program) {
  double seconds = 0;
  double requests = 0;
  for (const plan::TrialRecord& trial : result.trials) {
    requests += static_cast<double>(trial.sent);
    for (const auto& [name, use] : trial.programs) {
      if (name == program) seconds += use.user_seconds + use.system_seconds;
    }
  }
  return requests > 0 ? seconds / requests * 1e6 : 0;
}

}  // namespace

std::vector<Published> ParsePublished(const std::string& csv) {
  std::vector<Published> published;
  for (const std::string_view line : Split(csv, '\n')) {
    const auto cells = Split(line, ',');
    if (cells.size() != 3) continue;
    const auto workers = ParseInteger("workers", cells[0], 1, INT32_MAX);
    if (workers.ok()) published.push_back({*workers, Number(cells[1]), Number(cells[2])});
  }
  return published;
}

nlohmann::ordered_json ToJson(const SweepRow& row) {
  nlohmann::ordered_json json = plan::EncodeWorkersResult(row.result);
  json["idealRps"] = row.ideal_rps;
  json["ofIdeal"] = OfIdeal(row);
  return json;
}

std::string RenderSweep(const std::vector<SweepRow>& rows,
                        const std::vector<Published>& published) {
  std::string text = fmt::format(
      "{:>5} {:>10} {:>10} {:>10} {:>10} {:>9} {:>8} {:>10} {:>24}  {}\n", "N", "paper", "re-run",
      "ideal", "ours", "of ideal", "batch", "lag us", "CPU us/request c+s+w", "valid");
  for (const SweepRow& row : rows) {
    const plan::WorkersResult& result = row.result;
    const Published* reference = Find(published, result.workers);
    const std::string cpu =
        fmt::format("{:.2f} + {:.2f} + {:.2f}", CpuPerRequestUs(result, "client"),
                    CpuPerRequestUs(result, "controller"), CpuPerRequestUs(result, "worker_dummy"));
    text += fmt::format(
        "{:>5} {:>10} {:>10} {:>10.0f} {:>10} {:>8.1f}% {:>8.2f} {:>10.0f} {:>24}  {}\n",
        result.workers, Rate(reference ? reference->paper_rps : std::nullopt),
        Rate(reference ? reference->rerun_rps : std::nullopt), row.ideal_rps,
        Rate(result.median_goodput_rps), 100 * OfIdeal(row), result.median_mean_batch.value_or(0),
        result.max_lag_p99_us.value_or(0), cpu, result.valid ? "yes" : "NO: " + result.reason);
  }
  return text;
}

std::optional<std::int64_t> Knee(const std::vector<SweepRow>& rows) {
  for (const SweepRow& row : rows) {
    if (OfIdeal(row) < kKneeFraction) return row.result.workers;
  }
  return std::nullopt;
}

std::string RenderVersions(const std::vector<SweepRow>& rows) {
  std::map<std::string, std::vector<std::string>> measured;
  for (const SweepRow& row : rows) {
    std::map<std::string, std::vector<std::int64_t>> trials;
    for (const plan::TrialRecord& trial : row.result.trials) {
      trials[plan::VersionsOf(trial)].push_back(trial.id.trial);
    }
    for (const auto& [version, numbers] : trials) {
      const std::string which = trials.size() == 1
                                    ? ""
                                    : fmt::format(" (trial{} {})", numbers.size() == 1 ? "" : "s",
                                                  fmt::join(numbers, ", "));
      measured[version].push_back(std::to_string(row.result.workers) + which);
    }
  }
  if (measured.size() == 1) return fmt::format("Measured by {}.\n", measured.begin()->first);
  std::string text = "NOT ALL OF ONE VERSION:\n";
  for (const auto& [version, which] : measured) {
    text += fmt::format("  measured by {}: N = {}\n", version, fmt::join(which, ", "));
  }
  return text;
}

std::string Caption(const Sweep& sweep, const std::string& more) {
  const auto [fewest, most] = std::minmax_element(
      sweep.rows.begin(), sweep.rows.end(), [](const SweepRow& a, const SweepRow& b) {
        return a.result.trials.size() < b.result.trials.size();
      });
  std::string trials = std::to_string(most->result.trials.size());
  if (fewest->result.trials.size() < most->result.trials.size()) {
    trials = fmt::format("{} to {}", fewest->result.trials.size(), trials);
  }
  return fmt::format(
      "zoo v100-osdi20 in published order (inferred), {} trial{}, load steps of {} s; paper: "
      "servers of 32 cores, re-run: 30 cores{}{}",
      trials, trials == "1" ? "" : "s", sweep.period_seconds, more.empty() ? "" : "; ", more);
}

std::string AggregateTable(const std::vector<SweepRow>& rows) {
  std::size_t trials = 0;
  for (const SweepRow& row : rows) trials = std::max(trials, row.result.trials.size());
  std::string header = "num_models";
  std::string zero = "0";
  for (std::size_t i = 0; i < trials; ++i) {
    header += fmt::format("\tgoodput{}", i);
    zero += "\t0.0";
  }
  std::string text = header + "\tgoodput_median\n" + zero + "\t0.0\n";
  for (const SweepRow& row : rows) {
    text += std::to_string(row.result.workers);
    for (std::size_t i = 0; i < trials; ++i) {
      const bool measured = i < row.result.trials.size();
      text += measured ? fmt::format("\t{}", row.result.trials[i].goodput_rps) : "\t";
    }
    const auto& median = row.result.median_goodput_rps;
    text += median ? fmt::format("\t{}\n", *median) : "\t\n";
  }
  return text;
}

std::string IdealTable(const std::vector<SweepRow>& rows) {
  std::string text = "workers,goodput_rps\n0,0\n";
  for (const SweepRow& row : rows) {
    text += fmt::format("{},{}\n", row.result.workers, row.ideal_rps);
  }
  return text;
}

}  // namespace clockwork::bench
