#include "operator/local/trial_attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "images/common/base/clock.h"
#include "images/common/base/file.h"
#include "operator/api/encode.h"
#include "operator/local/supervise.h"

namespace clockwork::local {
namespace {

constexpr Nanos kTickNs = 500 * kMillisecond;
constexpr Nanos kReadyDeadlineNs = 30 * kSecond;
constexpr Nanos kStopDeadlineNs = 60 * kSecond;  // the controller flushes its logs
constexpr Nanos kClientExtraNs = 120 * kSecond;  // loading, draining
constexpr Nanos kCauseNoticeNs = 3 * kSecond;    // from a client's end to that of what ended it
constexpr std::size_t kMaxSummaryBytes = 8 << 20;
constexpr std::size_t kMaxProgressBytes = 1 << 16;

class Attempt {
 public:
  Attempt(const AttemptSetup& setup, const plan::PlannedTrial& trial, std::int64_t number)
      : setup_(setup),
        trial_(trial),
        number_(number),
        start_ns_(NowNs()),
        files_{*setup.directory / plan::kWorkDirectory,
               *setup.directory / plan::AttemptLogs(trial.id, number)} {}

  Result<plan::TrialRecord> Run() {
    if (Status status = Measure(); !status.ok()) return status.error();
    setup_.listener("filing the telemetry", nullptr);
    if (Status status = FileTelemetry(); !status.ok()) return status.error();
    return WriteRecord();
  }

 private:
  // The earlier of the attempt's deadline and `span_ns` from now.
  Nanos Deadline(Nanos span_ns) const {
    return std::min(NowNs() + span_ns, start_ns_ + trial_.deadline_ns);
  }

  Status Measure() {
    if (Status status = PrepareFiles(); !status.ok()) return status;
    setup_.listener("starting", nullptr);
    auto controller_port = StartServers();
    if (!controller_port.ok()) return controller_port.error();
    if (Status status = RunClient(*controller_port); !status.ok()) return status;
    setup_.listener("stopping", nullptr);
    for (Process* process : {&*controller_, &*worker_}) {
      const Nanos deadline_ns = Deadline(kStopDeadlineNs);
      Status status = StopInOrder(process, setup_.interrupts, deadline_ns);
      if (!status.ok()) return status;
      NoteUse(*process);
    }
    return {};
  }

  Status PrepareFiles() {
    // What an earlier attempt left is in the way of this one's ready files.
    if (Status status = RemoveAll(files_.work); !status.ok()) return status;
    for (const std::string& directory :
         {files_.work, files_.logs, files_.telemetry(), files_.filed(), files_.tables(),
          *setup_.directory / plan::TrialDirectory(trial_.id.trial),
          *setup_.directory / plan::ProcessedDirectory(trial_.id.trial)}) {
      if (Status status = MakeDirectories(directory); !status.ok()) return status;
    }
    return {};
  }

  Result<std::int64_t> StartServers() {
    auto watch = DirectoryWatch::Open(files_.work);
    if (!watch.ok()) return watch.error();
    auto worker = Process::Start(WorkerCommand(*setup_.programs, files_, trial_.workers));
    if (!worker.ok()) return worker.error();
    worker_ = std::move(*worker);
    Process* const first[] = {&*worker_};
    auto port = AwaitReady(first, files_.worker_ready(), &*watch, setup_.interrupts,
                           Deadline(kReadyDeadlineNs));
    if (!port.ok()) return port;
    auto controller = Process::Start(
        ControllerCommand(*setup_.programs, files_, setup_.spec->scheduler, trial_.workers, *port));
    if (!controller.ok()) return controller.error();
    controller_ = std::move(*controller);
    Process* const both[] = {&*worker_, &*controller_};
    return AwaitReady(both, files_.controller_ready(), &*watch, setup_.interrupts,
                      Deadline(kReadyDeadlineNs));
  }

  Status RunClient(std::int64_t controller_port) {
    auto client = Process::Start(
        ClientCommand(*setup_.programs, files_, *setup_.spec, trial_.workers, controller_port));
    if (!client.ok()) return client.error();
    Process* const all[] = {&*client, &*controller_, &*worker_};
    const Nanos deadline_ns = Deadline(trial_.load_ns + kClientExtraNs);
    while (true) {
      ShowProgress();
      switch (
          WaitForAny(all, nullptr, setup_.interrupts, std::min(NowNs() + kTickNs, deadline_ns))) {
        case Wake::kInterrupted:
          return RuntimeError(std::string(kInterruptedSentence));
        case Wake::kProcess:
          return ClientPhaseEnd(*client);
        default:
          if (NowNs() >= deadline_ns) return RuntimeError("client did not end before its deadline");
      }
    }
  }

  void NoteUse(const Process& process) {
    const ResourceUse& use = process.use();
    const auto version = setup_.versions->find(process.name());
    programs_[process.name()] = {use.user_seconds, use.system_seconds, use.peak_bytes,
                                 version == setup_.versions->end() ? "" : version->second};
  }

  // Somebody ended: fine if it is the client alone, with success.
  Status ClientPhaseEnd(Process& client) {
    // A server that died takes the client with it, so it is the one to name. The client may be gone
    // before it: a process's connections close before its end is told.
    Process* const servers[] = {&*worker_, &*controller_};
    const std::optional<ExitState> failed = client.Poll();
    if (failed && !failed->success()) {
      WaitForAny(servers, nullptr, setup_.interrupts, NowNs() + kCauseNoticeNs);
    }
    for (Process* server : servers) {
      if (const auto end = server->Poll()) {
        return RuntimeError(fmt::format("in mid-run, {}", EndError(*server, *end).message));
      }
    }
    const ExitState end = *client.Poll();
    NoteUse(client);
    return end.success() ? Status() : Status(EndError(client, end));
  }

  void ShowProgress() {
    auto text = ReadFile(files_.progress(), kMaxProgressBytes);
    auto progress =
        text.ok() ? plan::ParseClientProgress(*text) : Result<plan::ClientProgress>(text.error());
    if (!progress.ok()) return setup_.listener("loading the models", nullptr);
    if (progress->phase == "loading") return setup_.listener("loading the models", &*progress);
    const std::int64_t step = std::min(progress->step + 1, progress->steps);
    setup_.listener(progress->phase == "draining"
                        ? "waiting for the last answers"
                        : fmt::format("load step {} of {} (factor {:.3g})", step, progress->steps,
                                      progress->factor),
                    &*progress);
  }

  // The two logs into the tree, then the tables of this config beside those of the others.
  Status FileTelemetry() {
    const ExperimentDirectory& directory = *setup_.directory;
    // From here on an earlier record of this trial would describe other telemetry.
    for (const std::string& stale : {plan::RecordFile(trial_.id), plan::RequestLogFile(trial_.id),
                                     plan::ActionLogFile(trial_.id), plan::ManifestFile(trial_.id),
                                     plan::ClientSummaryFile(trial_.id)}) {
      if (Status status = RemoveAll(directory / stale); !status.ok()) return status;
    }
    Status status = RunToEnd(CollectCommand(*setup_.programs, files_, directory.path(), trial_.id),
                             setup_.interrupts, Deadline(trial_.deadline_ns));
    if (!status.ok()) return status;
    if (status = MakeView(); !status.ok()) return status;
    status = RunToEnd(
        ProcessCommand(*setup_.programs, files_, setup_.spec->load.period_seconds, trial_.workers),
        setup_.interrupts, Deadline(trial_.deadline_ns));
    if (!status.ok()) return status;
    const std::pair<std::string, std::string> moves[] = {
        {files_.tables() + "/timeseries_data-1.tsv", plan::TimeSeriesFile(trial_.id)},
        {files_.tables() + "/client_tail_cdf_data-1.tsv", plan::TailFile(trial_.id)},
        {files_.tables() + "/goodput_aggregate_data.tsv", plan::AggregateRowFile(trial_.id)}};
    for (const auto& [from, to] : moves) {
      if (status = MoveFile(from, directory / to); !status.ok()) return status;
    }
    return {};
  }

  // `telemetry process` wants configs 1, 2, …; it is shown the filed logs as config 1.
  Status MakeView() {
    const std::pair<std::string, std::string> links[] = {
        {plan::RequestLogFile(trial_.id), "request"}, {plan::ActionLogFile(trial_.id), "action"}};
    for (const auto& [target, log] : links) {
      std::error_code error;
      const std::string link = fmt::format("{}/file=controller_1_{}.tsv", files_.filed(), log);
      std::filesystem::create_symlink(*setup_.directory / target, link, error);
      if (error) return RuntimeError(fmt::format("cannot create {}: {}", link, error.message()));
    }
    return {};
  }

  // Reads one file of the tree and gives its contents to `parse`; errors name the file.
  template <typename T>
  Status Read(const std::string& relative, Result<T> (*parse)(std::string_view), T* out) const {
    const std::string file = *setup_.directory / relative;
    auto text = ReadFile(file, kMaxSummaryBytes);
    if (!text.ok()) return text.error();
    auto value = parse(*text);
    if (!value.ok()) {
      return RuntimeError(fmt::format("{} is of no use: {}", file, value.error().message));
    }
    *out = std::move(*value);
    return {};
  }

  Result<plan::TrialRecord> WriteRecord() const {
    plan::Evidence evidence;
    Status status =
        Read(plan::ClientSummaryFile(trial_.id), plan::ParseClientSummary, &evidence.client);
    if (status.ok())
      status = Read(plan::ManifestFile(trial_.id), plan::ParseManifest, &evidence.manifest);
    if (status.ok()) status = Read(plan::TimeSeriesFile(trial_.id), plan::FindPeak, &evidence.peak);
    if (!status.ok()) return status.error();
    plan::TrialRecord record;
    record.measurement = api::MeasurementHash(*setup_.spec);
    record.id = trial_.id;
    record.workers = trial_.workers;
    record.attempts = number_;
    record.programs = programs_;
    plan::Judge(evidence, setup_.spec->validity.max_client_lag_p99_microseconds, &record);
    record.duration_seconds =
        static_cast<double>(NowNs() - start_ns_) / static_cast<double>(kSecond);
    status = WriteFileAtomically(*setup_.directory / plan::RecordFile(trial_.id),
                                 plan::EncodeRecord(record));
    if (!status.ok()) return status.error();
    return record;
  }

  const AttemptSetup& setup_;
  const plan::PlannedTrial& trial_;
  const std::int64_t number_;
  const Nanos start_ns_;
  const AttemptFiles files_;
  std::map<std::string, plan::ProgramUse> programs_;  // of those that have ended
  std::optional<Process> worker_;
  std::optional<Process> controller_;
};

}  // namespace

Result<plan::TrialRecord> RunAttempt(const AttemptSetup& setup, const plan::PlannedTrial& trial,
                                     std::int64_t attempt) {
  return Attempt(setup, trial, attempt).Run();
}

}  // namespace clockwork::local
