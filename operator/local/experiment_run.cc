#include "operator/local/experiment_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "images/common/base/clock.h"
#include "images/common/base/file.h"
#include "operator/api/encode.h"
#include "operator/local/admission.h"
#include "operator/local/display.h"
#include "operator/local/experiment_directory.h"
#include "operator/local/figures.h"
#include "operator/local/machine.h"
#include "operator/local/supervise.h"
#include "operator/local/trial_attempt.h"
#include "operator/plan/next_trial.h"
#include "operator/plan/versions.h"

namespace clockwork::local {
namespace {

// What a trial needs beside its load steps, until this run has measured one.
constexpr Nanos kFirstGuessOverheadNs = 4 * kSecond;
constexpr std::size_t kMaxAggregateBytes = 1 << 16;

class Run {
 public:
  Run(const api::ScalabilityExperiment& experiment, Programs programs,
      ExperimentDirectory directory, Interrupts* interrupts)
      : experiment_(experiment),
        programs_(std::move(programs)),
        directory_(std::move(directory)),
        plan_(plan::MakePlan(experiment.spec)),
        measurement_(api::MeasurementHash(experiment.spec)),
        interrupts_(interrupts),
        start_ns_(NowNs()),
        display_(start_ns_) {}

  Result<RunOutcome> Execute() {
    if (Status status = Prepare(); !status.ok()) return status.error();
    for (const std::string& note : ClusterOnlyNotes(experiment_.spec)) display_.Note(note, NowNs());
    while (true) {
      const plan::NextTrial next = plan::DecideNext(states_, experiment_.spec.retries.attempts);
      if (next.kind == plan::NextTrial::Kind::kDone) break;
      if (next.kind == plan::NextTrial::Kind::kGiveUp) return GiveUpError();
      if (Status status = RunOne(next); !status.ok()) return status.error();
    }
    return Finish();
  }

 private:
  Status Prepare() {
    const std::string work = directory_ / plan::kWorkDirectory;
    if (Status status = RemoveAll(work); !status.ok()) return status;
    if (Status status = MakeDirectories(work); !status.ok()) return status;
    auto machine = DescribeMachine(programs_, work, interrupts_);
    if (!machine.ok()) return machine.error();
    machine_ = std::move(*machine);
    machine_.at("programs").get_to(versions_);
    ReadStates();
    const auto kept = CountRecords();
    display_.Note(
        fmt::format("{}: {} trials, {} done before, about {} to go; in {}", experiment_.name,
                    plan_.order.size(), kept, FormatSpan(RemainingNs()), directory_.path()),
        NowNs());
    if (const auto others = plan::DescribeOtherVersions(records_, versions_)) {
      display_.Note(fmt::format("NOTE: {}; they are kept, --fresh measures anew", *others),
                    NowNs());
    }
    return {};
  }

  // The attempts of a trial that has a record stand in it. Others start anew: whatever made them
  // fail was in the way of an earlier run.
  void ReadStates() {
    records_ = directory_.ReadRecords(plan_, measurement_);
    states_.assign(plan_.order.size(), {});
    for (std::size_t i = 0; i < records_.size(); ++i) Learn(i);
  }

  void Learn(std::size_t index) {
    const std::optional<plan::TrialRecord>& record = records_[index];
    states_[index].recorded = record.has_value();
    states_[index].valid = record && record->valid;
    if (record) states_[index].attempts = std::max(states_[index].attempts, record->attempts);
  }

  std::size_t CountRecords() const {
    return static_cast<std::size_t>(std::count_if(
        records_.begin(), records_.end(), [](const auto& record) { return record.has_value(); }));
  }

  Nanos RemainingNs() const {
    return plan::RemainingNs(plan_, states_, experiment_.spec.retries.attempts, overhead_ns_);
  }

  // One attempt, and what follows from how it went. An error ends the experiment.
  Status RunOne(const plan::NextTrial& next) {
    if (Status status = CheckExperimentDeadline(); !status.ok()) return status;
    const plan::PlannedTrial& trial = plan_.order[next.index];
    const std::string label = plan::TrialLabel(plan_, trial);
    if (next.attempt == 1) display_.Note(fmt::format("{}: started", label), NowNs());
    const Nanos trial_start_ns = NowNs();
    const AttemptSetup setup{&programs_,
                             &experiment_.spec,
                             &directory_,
                             &plan_,
                             &versions_,
                             interrupts_,
                             [&](const std::string& phase, const plan::ClientProgress* client) {
                               Show(trial, next.attempt, trial_start_ns, phase, client);
                             }};
    const Result<plan::TrialRecord> record = RunAttempt(setup, trial, next.attempt);
    if (interrupts_->Pending()) return InterruptedError();
    if (!record.ok() && record.error().kind == ErrorKind::kUsage) return record.error();
    states_[next.index].attempts = next.attempt;
    if (!record.ok()) return AfterFailure(next, label, record.error());
    records_[next.index] = record.value();
    Learn(next.index);
    overhead_ns_ = NowNs() - trial_start_ns - trial.load_ns;
    NoteRecord(label, record.value());
    if (Status status = WriteAggregate(trial.id.trial); !status.ok()) return status;
    return WriteResult({}, false);
  }

  Status AfterFailure(const plan::NextTrial& next, const std::string& label, const Error& error) {
    last_failure_ = fmt::format("{}: {}", label, error.message);
    display_.Note(fmt::format("{}: attempt {} of {} failed: {}", label, next.attempt,
                              experiment_.spec.retries.attempts, error.message),
                  NowNs());
    // The attempt may have come as far as removing the record of an earlier, invalid one.
    records_ = directory_.ReadRecords(plan_, measurement_);
    Learn(next.index);
    return {};
  }

  void NoteRecord(const std::string& label, const plan::TrialRecord& record) {
    const std::string shed =
        record.shed_requests == 0
            ? ""
            : fmt::format(", {} of {} requests shed", record.shed_requests, record.sent);
    display_.Note(
        fmt::format(
            "{}: {:.0f} r/s good of {:.0f} r/s offered, mean batch {:.2f}, lag p99 {:.0f} us{}{}",
            label, record.goodput_rps, record.offered_rps, record.mean_batch, record.lag_p99_us,
            shed, record.valid ? "" : fmt::format("; NOT VALID: {}", record.reason)),
        NowNs());
  }

  void Show(const plan::PlannedTrial& trial, std::int64_t attempt, Nanos trial_start_ns,
            const std::string& phase, const plan::ClientProgress* client) {
    const Nanos now_ns = NowNs();
    Nanos total_ns = 0;
    for (const plan::PlannedTrial& each : plan_.order) total_ns += each.load_ns + overhead_ns_;
    ProgressView view;
    view.experiment = experiment_.name;
    view.trial = plan::TrialLabel(plan_, trial);
    view.phase = phase;
    view.trials_done = CountRecords();
    view.trials_total = plan_.order.size();
    view.attempt = attempt;
    if (client != nullptr) view.client = *client;
    const Nanos spent_ns = std::min(now_ns - trial_start_ns, trial.load_ns + overhead_ns_);
    view.remaining_ns = std::max<Nanos>(0, RemainingNs() - spent_ns);
    view.fraction = 1 - static_cast<double>(view.remaining_ns) / static_cast<double>(total_ns);
    display_.Update(view, now_ns);
  }

  // The aggregate of a trial: rows up to its last measured config.
  Status WriteAggregate(std::int64_t trial) {
    std::vector<plan::AggregatePart> parts;
    std::size_t last_measured = 0;
    for (std::size_t i = 0; i < plan_.order.size(); ++i) {
      if (plan_.order[i].id.trial != trial) continue;
      plan::AggregatePart& part = parts.emplace_back();
      part.workers = plan_.order[i].workers;
      if (!records_[i]) continue;
      auto table =
          ReadFile(directory_ / plan::AggregateRowFile(plan_.order[i].id), kMaxAggregateBytes);
      if (!table.ok()) return table.error();
      part.table = std::move(*table);
      last_measured = parts.size();
    }
    if (last_measured == 0) return {};
    parts.resize(last_measured);
    auto joined = plan::JoinAggregates(parts);
    if (!joined.ok()) return joined.error();
    return WriteFileAtomically(directory_ / plan::AggregateFile(trial), *joined);
  }

  Status WriteResult(const std::vector<std::string>& figures, bool finished) {
    const nlohmann::ordered_json spec = api::EncodeSpec(experiment_.spec);
    const plan::ResultContext context{experiment_.name, measurement_, &spec,
                                      &machine_,        figures,      finished};
    return WriteFileAtomically(
        directory_ / plan::kResultFile,
        plan::EncodeResult(plan::Summarize(plan_, records_), plan_, context));
  }

  Status CheckExperimentDeadline() const {
    const auto& seconds = experiment_.spec.deadlines.experiment_seconds;
    if (!seconds || NowNs() - start_ns_ < *seconds * kSecond) return {};
    return RuntimeError(
        fmt::format("spec.deadlines.experimentSeconds ({} s) has passed after {} of {} trials; {}",
                    *seconds, CountRecords(), plan_.order.size(), kContinueHint));
  }

  Error InterruptedError() const {
    return RuntimeError(fmt::format("interrupted after {} of {} trials; {}", CountRecords(),
                                    plan_.order.size(), kContinueHint));
  }

  Error GiveUpError() const {
    return RuntimeError(
        fmt::format("gave up after {} trials in a row failed {} times each; the last: "
                    "{}; once that is mended, {}",
                    plan::kMaxFailedTrialsInARow, experiment_.spec.retries.attempts, last_failure_,
                    kContinueHint));
  }

  Result<RunOutcome> Finish() {
    display_.Note("all trials are done; drawing the figures", NowNs());
    // An earlier run may have ended between a record and the aggregate that it belongs to.
    for (std::int64_t trial = 1; trial <= plan_.trials; ++trial) {
      if (Status status = WriteAggregate(trial); !status.ok()) return status.error();
    }
    Figures figures = MakeFigures(programs_, directory_.path(), plan_, experiment_, interrupts_);
    // Else the same command would begin a finished experiment anew.
    if (interrupts_->Pending()) return InterruptedError();
    if (Status status = WriteResult(figures.files, true); !status.ok()) return status.error();
    const std::size_t measured = CountRecords();
    if (measured < plan_.order.size()) {
      return RuntimeError(fmt::format(
          "{} of {} trials could not be measured; the last failure: {}; {}",
          plan_.order.size() - measured, plan_.order.size(), last_failure_, kContinueHint));
    }
    if (Status status = RemoveAll(directory_ / plan::kWorkDirectory); !status.ok())
      return status.error();
    return RunOutcome{directory_.path(), plan::Summarize(plan_, records_), std::move(figures.files),
                      std::move(figures.notes)};
  }

  static constexpr const char* kContinueHint =
      "finished trials are kept and the same command continues";

  const api::ScalabilityExperiment& experiment_;
  const Programs programs_;
  const ExperimentDirectory directory_;
  const plan::Plan plan_;
  const std::string measurement_;
  Interrupts* const interrupts_;
  const Nanos start_ns_;
  Display display_;
  nlohmann::ordered_json machine_;
  plan::Versions versions_;
  std::vector<std::optional<plan::TrialRecord>> records_;
  std::vector<plan::TrialState> states_;
  Nanos overhead_ns_ = kFirstGuessOverheadNs;
  std::string last_failure_;
};

}  // namespace

Result<RunOutcome> RunExperiment(const api::ScalabilityExperiment& experiment,
                                 const RunOptions& options, Interrupts* interrupts) {
  if (Status status = CheckRunnableHere(experiment.spec); !status.ok()) return status.error();
  auto programs = FindPrograms(options.programs, options.plotter);
  if (!programs.ok()) return programs.error();
  auto directory = ExperimentDirectory::Open(options.directory, experiment, options.fresh);
  if (!directory.ok()) return directory.error();
  return Run(experiment, std::move(*programs), std::move(*directory), interrupts).Execute();
}

Result<RunOutcome> ReportExperiment(const RunOptions& options, Interrupts* interrupts) {
  auto experiment = ReadExperimentOf(options.directory);
  if (!experiment.ok()) return experiment.error();
  auto programs = FindPrograms(options.programs, options.plotter);
  if (!programs.ok()) return programs.error();
  const plan::Plan plan = plan::MakePlan(experiment->spec);
  const auto records =
      ReadRecordsOf(options.directory, plan, api::MeasurementHash(experiment->spec));
  Figures figures = MakeFigures(*programs, options.directory, plan, *experiment, interrupts);
  return RunOutcome{options.directory, plan::Summarize(plan, records), std::move(figures.files),
                    std::move(figures.notes)};
}

}  // namespace clockwork::local
