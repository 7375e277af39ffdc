#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/bench/figure11_cells.h"
#include "tests/bench/figure11_tables.h"

namespace clockwork::bench {
namespace {

using plan::TrialRecord;

constexpr std::array<std::string_view, 3> kPrograms = {"client", "controller", "worker_dummy"};
constexpr double kUsPerSecond = 1e6;
constexpr double kBytesPerMiB = 1 << 20;

// Of a program; with an empty name, of all. Nothing: nobody knows.
std::optional<double> UsPerRequest(const TrialRecord& trial, std::string_view program,
                                   double plan::ProgramUse::*seconds) {
  double sum = 0;
  bool known = false;
  for (const auto& [name, use] : trial.programs) {
    if (!program.empty() && name != program) continue;
    sum += use.*seconds;
    known = true;
  }
  if (!known || trial.sent == 0) return std::nullopt;
  return sum / static_cast<double>(trial.sent) * kUsPerSecond;
}

std::string Cost(const std::vector<TrialRecord>& trials, std::string_view program) {
  const auto median = [&](double plan::ProgramUse::*seconds) {
    return plan::MedianOf(
        trials, [&](const TrialRecord& trial) { return UsPerRequest(trial, program, seconds); });
  };
  const auto user = median(&plan::ProgramUse::user_seconds);
  const auto system = median(&plan::ProgramUse::system_seconds);
  return user && system ? fmt::format("{:.2f} + {:.2f}", *user, *system) : kNone;
}

std::optional<double> TotalUs(const TrialRecord& trial) {
  const auto user = UsPerRequest(trial, "", &plan::ProgramUse::user_seconds);
  const auto system = UsPerRequest(trial, "", &plan::ProgramUse::system_seconds);
  return user && system ? std::optional(*user + *system) : std::nullopt;
}

// Bytes of a program at most; 0: nobody knows.
std::int64_t PeakBytes(const TrialRecord& trial, const std::string& program) {
  const auto found = trial.programs.find(program);
  return found == trial.programs.end() ? 0 : found->second.peak_bytes;
}

// Linux counts to a program what the one that started it held at that moment. Where worker and
// controller have the same peak, it is that.
std::string Memory(const std::vector<TrialRecord>& trials) {
  const auto largest =
      std::max_element(trials.begin(), trials.end(), [](const auto& a, const auto& b) {
        return PeakBytes(a, "controller") < PeakBytes(b, "controller");
      });
  if (largest == trials.end()) return kNone;
  const std::int64_t bytes = PeakBytes(*largest, "controller");
  if (bytes == 0) return kNone;
  return fmt::format("{}{:.0f}", bytes == PeakBytes(*largest, "worker_dummy") ? "≤ " : "",
                     static_cast<double>(bytes) / kBytesPerMiB);
}

}  // namespace

std::string RenderCosts(const std::vector<SweepRow>& rows) {
  std::string text = Heading({"N", "client", "controller", "worker", "all together",
                              "controller's memory, largest (MiB)"});
  for (const SweepRow& row : rows) {
    const std::vector<TrialRecord>& trials = row.result.trials;
    Cells cells = {std::to_string(row.result.workers)};
    for (const std::string_view program : kPrograms) cells.push_back(Cost(trials, program));
    cells.push_back(Decimals(plan::MedianOf(trials, TotalUs)));
    cells.push_back(Memory(trials));
    text += Line(cells);
  }
  return text +
         "\nProcessor time per request in microseconds, user + system, medians of the valid "
         "trials.\n";
}

}  // namespace clockwork::bench
