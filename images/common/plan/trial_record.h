#pragma once

// What is remembered of a measured trial: the file that makes it finished. Pure.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "images/common/base/result.h"
#include "images/common/plan/program_files.h"
#include "images/common/plan/time_series.h"
#include "images/common/plan/tree.h"

namespace clockwork::plan {

// What one program of a trial took.
struct ProgramUse {
  double user_seconds = 0;  // of a processor
  double system_seconds = 0;
  std::int64_t peak_bytes = 0;  // resident at most
  std::string version;          // what it says with --version; empty: nobody asked
  bool operator==(const ProgramUse&) const = default;
};

struct TrialRecord {
  std::string measurement;  // a hash of all in the spec that a measurement depends on
  std::string uid = {};     // of the experiment in its cluster; empty: none, or nobody knows
  TrialId id;
  std::int64_t workers = 0;
  std::int64_t attempts = 0;  // used so far, this one included
  bool valid = false;
  std::string reason;      // why not valid; empty when valid
  double goodput_rps = 0;  // the peak
  double offered_rps = 0;  // what the client offered in the load step of the peak
  double mean_batch = 0;   // in the bucket of the peak
  double lag_p99_us = 0;   // the client's, the largest over the load steps
  std::int64_t sent = 0;
  std::int64_t request_rows = 0;
  std::int64_t action_rows = 0;
  // Of the requests: answered undecided, as more came than the controller could decide on.
  std::int64_t shed_requests = 0;
  double duration_seconds = 0;  // of the attempt, from the first process to the record
  // By name of the program; empty where nobody knows, as in a cluster.
  std::map<std::string, ProgramUse> programs;
  std::string trace;  // as the client describes them
  std::string zoo;
  std::string model_order;
  bool operator==(const TrialRecord&) const = default;
};

// Everything that one attempt has to show for itself.
struct Evidence {
  ClientSummary client;
  LogManifest manifest;
  std::optional<Peak> peak;
  // Where the client's summary was cut short: what it offered in the load step of the peak.
  std::optional<double> offered_rps;
  std::string attempt;  // its name, in a cluster
};

// Fills in what was measured, and whether it is valid: everything answered, logged, and sent on
// time (at most `max_lag_us` late, the p99 of every load step). The first reason against it is
// kept. The rest of `record` is left alone.
void Judge(const Evidence& evidence, std::int64_t max_lag_us, TrialRecord* record);

// {"client": {"userSeconds": 1.5, "systemSeconds": 0.5, "peakBytes": 1048576, "version": "client
// 0.1.0 (…)"}, ...}
nlohmann::ordered_json EncodePrograms(const std::map<std::string, ProgramUse>& programs);

// JSON text with a final newline, and back.
std::string EncodeRecord(const TrialRecord& record);
Result<TrialRecord> DecodeRecord(std::string_view text);

}  // namespace clockwork::plan
