#pragma once

// The status of an experiment, and its written form. Pure. It is all that the operator remembers:
// what is not here, or in the pods, is forgotten at a restart. Every counter is computed from
// `results` and `active` anew, never incremented.
//
// Written form (docs/api.md lists the fields): times RFC 3339 in UTC with whole
// seconds (an attempt's start has milliseconds), goodput as whole requests per second.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "images/common/base/time.h"
#include "operator/plan/trials.h"

namespace clockwork::plan::cluster {

inline constexpr std::size_t kMaxMessageBytes = 1'024;      // of any message in a status,
inline constexpr std::size_t kMaxActiveMessageBytes = 256;  // but of those in `active`
inline constexpr std::size_t kMaxConditions = 16;           // others may add some

enum class Phase { kPending, kRunning, kSuspended, kComplete, kFailed };

// What an attempt is waiting for or doing, in order. Once its client has ended (kStopping) the next
// trial's servers are started beside it, but no client before its telemetry is filed.
enum class TrialStep {
  kBackoff,     // the last attempt failed at `start_ns`; this one waits its turn
  kSuspended,   // stopped by spec.suspend; this attempt begins when it is resumed
  kPreparing,   // claim, nodes, leftovers of earlier attempts
  kWorkers,     // worker pods are created and become ready
  kController,  // the controller pod is created and becomes ready
  kClient,      // the client pod is created and starts
  kMeasuring,   // the client was seen running; from here on its absence is a loss
  kStopping,    // the controller flushes its telemetry and ends
  kCollecting,  // the collector pod files the telemetry and reports
};

// An attempt under way, or the next one of a trial that is to be repeated.
struct ActiveTrial {
  TrialId id;
  std::int64_t workers = 0;
  // Names the pods; never used twice for a trial. Stopped attempts use numbers up, but do not count
  // as attempts.
  std::int64_t attempt = 1;
  TrialStep step = TrialStep::kPreparing;
  Nanos start_ns = 0;        // of the attempt (kBackoff: of the pause); whole milliseconds
  std::string node = {};     // the controller's; empty until it is known
  std::string reason = {};   // what it is blocked by, or why the last attempt failed; else empty
  std::string message = {};  // one sentence to it, with the remedy
  bool operator==(const ActiveTrial&) const = default;
};

// What is known about one N. The vectors have one entry per trial of the plan.
struct StatusResult {
  std::int64_t workers = 0;
  std::vector<std::int64_t> goodput_rps;  // the trial's peak; -1: not measured
  std::vector<std::int64_t> attempts;     // that have ended and count
  std::vector<std::int64_t> invalid;      // trials (from 1) whose measurement is not valid
  // Of the valid trials, or of the measured ones where none is valid; computed when written,
  // ignored when read.
  std::optional<std::int64_t> median_goodput_rps;
  bool operator==(const StatusResult&) const = default;
};

// The drawing of the figures, which begins when nothing is left to be measured.
enum class FiguresState { kDrawing, kDrawn, kMissing };
struct FiguresStatus {
  FiguresState state = FiguresState::kDrawing;
  std::int64_t attempt = 1;
  Nanos start_ns = 0;        // of the first attempt; whole milliseconds
  std::string reason = {};   // what it is blocked by, or why they are missing; else empty
  std::string message = {};  // one sentence to it, with the remedy
  bool operator==(const FiguresStatus&) const = default;
};

enum class ConditionStatus { kUnknown, kTrue, kFalse };
struct Condition {
  std::string type;  // Ready, Progressing, Degraded, Complete, FiguresDrawn
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;  // reasons.h
  std::string message;
  Nanos transition_ns = 0;  // when `status` last changed
  std::int64_t observed_generation = 0;
  bool operator==(const Condition&) const = default;
};

struct ExperimentStatus {
  Phase phase = Phase::kPending;
  std::string message;
  std::int64_t trials_total = 0;
  std::int64_t trials_done = 0;  // nothing is left to do for them
  std::int64_t trials_valid = 0;
  std::int64_t trials_invalid = 0;
  std::int64_t failures = 0;                     // attempts that ended without a valid measurement
  std::int64_t current_workers = 0;              // N of the first active trial; 0: none
  std::optional<std::int64_t> peak_goodput_rps;  // the largest median
  std::optional<std::int64_t> peak_workers;      // and its N
  std::optional<Nanos> start_ns;
  std::optional<Nanos> completion_ns;  // set once: nothing is started any more
  std::string telemetry_image;  // of the last attempt's collector: it can read the claim; or empty
  std::int64_t observed_generation = 0;
  std::vector<Condition> conditions;
  std::vector<ActiveTrial> active;
  std::vector<StatusResult> results;
  std::optional<FiguresStatus>
      figures;  // absent until there is something to draw, and no trial left
  bool operator==(const ExperimentStatus&) const = default;
};

// `message` cut to `max_bytes` between characters, with "..." at the end.
std::string Shortened(std::string message, std::size_t max_bytes);

// How many attempts at that trial have ended and count, in a status that need not fit its plan.
std::int64_t EndedAttempts(const ExperimentStatus& status, std::int64_t workers,
                           std::int64_t trial);

std::string_view NameOf(Phase phase);
std::string_view NameOf(TrialStep step);
std::string_view NameOf(FiguresState state);

nlohmann::ordered_json EncodeStatus(const ExperimentStatus& status);

// As much as can be read: entries and fields that are damaged are left out. Never fails. Decide
// fits the results to the experiment's plan.
ExperimentStatus DecodeStatus(const nlohmann::json& status);

// "2026-01-31T12:00:00Z", and with milliseconds "2026-01-31T12:00:00.250Z".
// Only years 1970 to 9999.
std::string FormatTime(Nanos time_ns, bool milliseconds = false);
// Nothing for what is no RFC 3339 time. Offsets and fractions are understood.
std::optional<Nanos> ParseTime(std::string_view text);

}  // namespace clockwork::plan::cluster
