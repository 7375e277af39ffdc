#include "tests/bench/measure_pieces.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <cstdint>
#include <thread>

#include "images/common/base/clock.h"

namespace clockwork::bench {
namespace {

constexpr int kBusySteps = 30'000;  // about 40 µs
constexpr Nanos kMinBusyPieceNs = 10 * kMicrosecond;
constexpr int kBesideSteps = 15'000;  // about 20 µs
constexpr Nanos kPeriodNs = kMillisecond;

Nanos ThreadTimeNs() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

// Each step needs the result of the one before, and the compiler may not look into it: memory
// would be faster at one time than at another.
void Work(int steps) {
  std::uint32_t value = 1;
  for (int i = 0; i < steps; ++i) {
    value = value * 3 + 1;
    asm volatile("" : "+r"(value));
  }
}

void PinTo(std::size_t cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(only), &only);
}

bool TakeHighestPriority() {
  sched_param parameter{};
  parameter.sched_priority = ::sched_get_priority_max(SCHED_FIFO);
  return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &parameter) == 0;
}

void SleepUntil(Nanos due_ns) {
  // The clock of NowNs() is no clock of the system, so the sleep is relative. Interrupted by the
  // host between the two lines it ends later than due, and that is what is measured.
  const Nanos left_ns = due_ns - NowNs();
  if (left_ns <= 0) return;
  const timespec left = {left_ns / kSecond, left_ns % kSecond};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, nullptr);
}

void MeasureBusy(Nanos end_ns, std::vector<Piece>* pieces) {
  Nanos thread_ns = ThreadTimeNs();
  for (Nanos now_ns = 0; now_ns < end_ns;) {
    now_ns = NowNs();
    Work(kBusySteps);
    const Nanos then_ns = ThreadTimeNs();
    pieces->push_back({now_ns, then_ns - thread_ns, 0});
    thread_ns = then_ns;
  }
}

void MeasureBeside(Nanos begin_ns, Nanos end_ns, std::vector<Piece>* pieces) {
  for (Nanos due_ns = begin_ns + kPeriodNs; due_ns < end_ns;) {
    SleepUntil(due_ns);
    const Nanos late_ns = NowNs() - due_ns;
    Work(kBesideSteps);
    const Nanos length_ns = NowNs() - due_ns;
    pieces->push_back({due_ns, length_ns, late_ns});
    due_ns += (length_ns / kPeriodNs + 1) * kPeriodNs;
  }
}

PiecesOf MeasureOn(std::size_t cpu, Pieces kind, Nanos length_ns) {
  PinTo(cpu);
  PiecesOf measured;
  // All memory beforehand, and written once: growing in between would look like a pause.
  const Nanos shortest_ns = kind == Pieces::kBusy ? kMinBusyPieceNs : kPeriodNs;
  measured.pieces.resize(static_cast<std::size_t>(length_ns / shortest_ns) + 1);
  measured.pieces.clear();
  if (kind == Pieces::kBeside) measured.real_time = TakeHighestPriority();
  measured.begin_ns = NowNs();
  measured.end_ns = measured.begin_ns + length_ns;
  if (kind == Pieces::kBusy) {
    MeasureBusy(measured.end_ns, &measured.pieces);
  } else {
    MeasureBeside(measured.begin_ns, measured.end_ns, &measured.pieces);
  }
  return measured;
}

}  // namespace

std::vector<std::size_t> AllowedProcessors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::vector<std::size_t> cpus;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return cpus;
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  return cpus;
}

std::vector<PiecesOf> MeasurePieces(const std::vector<std::size_t>& cpus, Pieces kind,
                                    Nanos length_ns) {
  std::vector<PiecesOf> measured(cpus.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    threads.emplace_back([&, i] { measured[i] = MeasureOn(cpus[i], kind, length_ns); });
  }
  for (std::thread& thread : threads) thread.join();
  return measured;
}

}  // namespace clockwork::bench
