#pragma once

// Everything that a controller leaves on disk about one run: the request log, the action log and
// the manifest, in one directory under the names of docs/programs.md. One thread.
//
//   Open at the program's start      StartActions when the scheduler starts
//   Append for each row              Flush once per second
//   Finish after the last row of an orderly end

#include <string>

#include "images/common/base/result.h"
#include "images/common/telemetry/log_file.h"
#include "images/common/telemetry/manifest.h"
#include "images/common/telemetry/rows.h"

namespace clockwork::telemetry {

inline constexpr char kRequestLogName[] = "clockwork_request_log.tsv";
inline constexpr char kActionLogName[] = "clockwork_action_log.tsv";
inline constexpr char kManifestName[] = "clockwork_manifest.json";

class TrialLog {
 public:
  // Removes the manifest and the action log of an earlier run, so that they are not taken for
  // this run's, and creates the request log. Error: the directory is missing or not writable.
  Status Open(const std::string& directory);
  Status StartActions();

  void Append(const RequestRow& row);
  // Rows before StartActions are dropped and counted.
  void Append(const ActionRow& row) { actions_.Append(row); }

  // Writes what waits. A failing disk is reported once per log (log_file.h); the program goes on.
  Status Flush();
  // Flushes and closes both logs, then writes the manifest in one step. Returns the first failure.
  Status Finish();

  // Counts so far; `complete` is true after Finish only.
  const Manifest& manifest();

 private:
  std::string directory_;
  LogWriter<RequestRow> requests_;
  LogWriter<ActionRow> actions_;
  Manifest manifest_;
  bool any_request_ = false;
};

}  // namespace clockwork::telemetry
