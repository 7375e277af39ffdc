// How much of the processors' time this machine withholds from busy threads: on each of them, equal
// pieces of arithmetic one after the other. A virtual machine whose host has other guests, or that
// may use only a share of its processors, shows pauses of which nothing in the system tells. One
// line of JSON per processor.

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/command_line.h"
#include "images/common/base/exit_code.h"
#include "tests/bench/pauses.h"
#include "tests/bench/spread.h"

namespace clockwork::bench {
namespace {

constexpr int kStepsPerPiece = 60'000;  // about 40 µs
constexpr Nanos kMinPieceNs = 20 * kMicrosecond;
constexpr std::int64_t kMaxSeconds = 120;

Nanos Read(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

// Through memory, so that the compiler keeps it.
void Work(volatile std::uint32_t* value) {
  for (int i = 0; i < kStepsPerPiece; ++i) *value = *value * 3 + 1;
}

std::vector<Piece> MeasureOn(std::size_t cpu, Nanos length_ns) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(only), &only);
  // All memory beforehand: growing in between would look like a pause.
  std::vector<Piece> pieces(static_cast<std::size_t>(length_ns / kMinPieceNs));
  pieces.clear();
  volatile std::uint32_t value = 1;
  const Nanos end_ns = Read(CLOCK_MONOTONIC) + length_ns;
  Nanos cpu_ns = Read(CLOCK_THREAD_CPUTIME_ID);
  for (Nanos now_ns = 0; now_ns < end_ns;) {
    now_ns = Read(CLOCK_MONOTONIC);
    Work(&value);
    const Nanos then_ns = Read(CLOCK_THREAD_CPUTIME_ID);
    pieces.push_back({now_ns, then_ns - cpu_ns});
    cpu_ns = then_ns;
  }
  return pieces;
}

nlohmann::ordered_json ToJson(std::size_t cpu, std::int64_t seconds, const Pauses& pauses) {
  nlohmann::ordered_json line = {{"bench", "machine_pauses"},
                                 {"cpu", cpu},
                                 {"seconds", seconds},
                                 {"pauses", pauses.lengths_ns.size()},
                                 {"share", pauses.share}};
  std::vector<double> lengths_ms;
  for (const Nanos length_ns : pauses.lengths_ns) {
    lengths_ms.push_back(static_cast<double>(length_ns) / kMillisecond);
  }
  if (!lengths_ms.empty()) line["lengthMs"] = Spread(std::move(lengths_ms));
  return line;
}

int Main(int argc, const char* const* argv) {
  std::int64_t seconds = 30;
  CommandLine line("machine_pauses",
                   "Keeps all processors busy with equal pieces of arithmetic and tells when they "
                   "went on next to not at all: one line of JSON per processor.");
  line.Integer("--seconds", "How long to look", 1, kMaxSeconds, &seconds);
  if (const auto end = line.Parse(argc, argv)) return *end;
  const std::size_t cpus = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::vector<Piece>> pieces(cpus);
  std::vector<std::thread> threads;
  for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
    threads.emplace_back([&, cpu] { pieces[cpu] = MeasureOn(cpu, seconds * kSecond); });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
    fmt::print("{}\n", ToJson(cpu, seconds, FindPauses(pieces[cpu])).dump());
  }
  return kExitSuccess;
}

}  // namespace
}  // namespace clockwork::bench

int main(int argc, char** argv) { return clockwork::bench::Main(argc, argv); }
