// How much of the processors' time this machine withholds from threads: on each of them, equal
// pieces of arithmetic. A virtual machine whose host has other guests, or that may use only a share
// of its processors, shows pauses of which nothing in the system tells. One line of JSON per
// processor.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/command_line.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/file.h"
#include "tests/bench/measure_pieces.h"
#include "tests/bench/pauses.h"
#include "tests/bench/processor_times.h"
#include "tests/bench/spread.h"

namespace clockwork::bench {
namespace {

// Busy pieces are many; each is 24 bytes.
constexpr std::int64_t kMaxBusySeconds = 120;
constexpr std::int64_t kMaxSeconds = 3600;

struct Options {
  std::int64_t seconds = 30;
  bool beside = false;
  std::string log;
};

std::map<std::size_t, ProcessorTimes> ReadProcessorTimes() {
  const auto text = ReadFile("/proc/stat");
  if (!text.ok()) return {};
  return ParseProcessorTimes(*text, static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

nlohmann::ordered_json ToJson(std::size_t cpu, const Options& options, const PiecesOf& measured,
                              const Pauses& pauses) {
  nlohmann::ordered_json line = {{"bench", "machine_pauses"},  {"cpu", cpu},
                                 {"seconds", options.seconds}, {"pauses", pauses.pauses.size()},
                                 {"share", pauses.share},      {"speed", pauses.speed}};
  if (options.beside) {
    line["lateShare"] = pauses.late_share;
    line["realTime"] = measured.real_time;
  }
  std::vector<double> lengths_ms;
  for (const Pause& pause : pauses.pauses) {
    lengths_ms.push_back(static_cast<double>(pause.length_ns) / kMillisecond);
  }
  if (!lengths_ms.empty()) line["lengthMs"] = Spread(std::move(lengths_ms));
  return line;
}

Status CheckOptions(const Options& options) {
  if (!options.beside && options.seconds > kMaxBusySeconds) {
    return UsageError(fmt::format(
        "--seconds: {} is more than {}, for which pieces without --beside are kept; give less",
        options.seconds, kMaxBusySeconds));
  }
  return {};
}

int Main(int argc, const char* const* argv) {
  Options options;
  CommandLine line("machine_pauses",
                   "Does equal pieces of arithmetic on all processors that it may use and tells "
                   "when they went on next to not at all: one line of JSON per processor.");
  line.Integer("--seconds", "How long to look", 1, kMaxSeconds, &options.seconds);
  line.Flag("--beside",
            "Use 2 % of each processor, for a look beside something else, instead of all of it",
            &options.beside);
  line.Text("--log", "File for every single pause, for tests/bench/quiet_windows", &options.log);
  if (const auto end = line.Parse(argc, argv)) return *end;
  if (const Status status = CheckOptions(options); !status.ok()) {
    return ReportError("machine_pauses", status.error());
  }
  PauseLog log;
  log.cpus = AllowedProcessors();
  const auto before = ReadProcessorTimes();
  const auto measured = MeasurePieces(log.cpus, options.beside ? Pieces::kBeside : Pieces::kBusy,
                                      options.seconds * kSecond);
  auto after = ReadProcessorTimes();
  log.end_ns = kNever;
  for (std::size_t i = 0; i < log.cpus.size(); ++i) {
    const std::size_t cpu = log.cpus[i];
    log.begin_ns = std::max(log.begin_ns, measured[i].begin_ns);
    log.end_ns = std::min(log.end_ns, measured[i].end_ns);
    log.pauses.push_back(
        FindPauses(measured[i].pieces, options.beside ? kBesideRules : kBusyRules));
    auto json = ToJson(cpu, options, measured[i], log.pauses.back());
    if (const auto from = before.find(cpu); from != before.end()) {
      json["interruptSeconds"] = after[cpu].interrupts_seconds - from->second.interrupts_seconds;
      json["stealSeconds"] = after[cpu].steal_seconds - from->second.steal_seconds;
    }
    fmt::print("{}\n", json.dump());
    if (options.beside && !measured[i].real_time) {
      fmt::print(stderr,
                 "machine_pauses: processor {}: real-time priority is not permitted, so that "
                 "pauses may be other threads; run it as root\n",
                 cpu);
    }
  }
  if (options.log.empty()) return kExitSuccess;
  const Status status = WriteFileAtomically(options.log, FormatPauseLog(log));
  return status.ok() ? kExitSuccess : ReportError("machine_pauses", status.error());
}

}  // namespace
}  // namespace clockwork::bench

int main(int argc, char** argv) { return clockwork::bench::Main(argc, argv); }
