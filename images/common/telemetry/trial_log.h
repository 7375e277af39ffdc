#pragma once

// Everything that a controller leaves on disk about one run: the request log, the action log and
// the manifest, in one directory under the names of docs/programs.md. One thread.
//
//   Open at the program's start      StartActions when the scheduler starts
//   Append for each row              Flush once per second
//   Finish after the last row

#include <cstdint>
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
  TrialLog() = default;
  ~TrialLog();
  TrialLog(const TrialLog&) = delete;
  TrialLog& operator=(const TrialLog&) = delete;

  // Removes the manifest and the action log of an earlier run, so that they are not taken for
  // this run's, and creates the request log. Errors: the directory is missing or not writable, or
  // another process has it open; then nothing there is touched. Once.
  Status Open(const std::string& directory);
  Status StartActions();

  void Append(const RequestRow& row);
  // Rows before StartActions are dropped and counted.
  void Append(const ActionRow& row) { actions_.Append(row); }

  // How many of the requests were shed so far (manifest.h), all together.
  void CountShed(std::uint64_t requests) { manifest_.shed_requests = requests; }

  // Has written what waits. A failing disk is reported once per log (log_file.h), by this or a
  // later call.
  Status Flush();
  // Flushes and closes both logs, then writes the manifest in one step: `complete` says whether the
  // run came to an orderly end. Returns the first failure. Does nothing where Open did not succeed.
  Status Finish(bool complete);

  // How often Append had to wait, as all buffers were full.
  std::uint64_t waits_for_disk() const {
    return requests_.file().waits_for_disk() + actions_.file().waits_for_disk();
  }
  // Counts so far; `complete` is true after Finish(true) only.
  const Manifest& manifest();

 private:
  Status Lock();

  std::string directory_;
  int lock_ = -1;  // on the directory, for as long as this lives
  bool open_ = false;
  LogWriter<RequestRow> requests_;
  LogWriter<ActionRow> actions_;
  Manifest manifest_;
  bool any_request_ = false;
};

}  // namespace clockwork::telemetry
