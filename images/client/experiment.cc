#include "images/client/experiment.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "images/client/controller_link.h"
#include "images/client/core/ledger.h"
#include "images/client/core/scalability_workload.h"
#include "images/client/core/summary.h"
#include "images/client/load_phase.h"
#include "images/client/open_loop.h"
#include "images/client/reporter.h"
#include "images/client/trace_source.h"
#include "images/client/zoo_choice.h"
#include "images/common/base/awake_processors.h"
#include "images/common/base/file.h"
#include "images/common/base/log.h"
#include "images/common/base/scheduling.h"
#include "images/common/model/input.h"
#include "images/common/net/connect.h"
#include "images/common/net/event_loop.h"
#include "images/common/net/stop_signal.h"

namespace clockwork::client {
namespace {

// Adds one input per size that occurs.
Status PrepareInputs(const std::vector<LoadedModel>& models, Inputs* inputs) {
  for (const LoadedModel& model : models) {
    if (inputs->contains(model.input_bytes)) continue;
    auto block = CompressedInput(model.input_bytes);
    if (!block.ok()) return block.error();
    inputs->emplace(model.input_bytes, std::move(*block));
  }
  return {};
}

// What a run consists of. The members hold what later phases need of earlier ones.
class Experiment {
 public:
  explicit Experiment(const Options& options)
      : options_(options),
        ledger_(options.schedule.steps.size()),
        reporter_(options.progress_file, options.schedule) {}

  Status Run();

 private:
  Status Prepare();
  Status Connect();
  Status Load();
  Status RunLoad();
  // Closes the books and writes the summary. `reason`: why the run ended early, or empty.
  Status Summarise(const std::string& reason);

  const Options& options_;
  std::unique_ptr<Trace> trace_;
  ZooChoice zoo_;
  std::unique_ptr<net::StopSignal> stop_;
  std::unique_ptr<net::EventLoop> loop_;
  std::unique_ptr<ControllerLink> link_;
  std::vector<LoadedModel> models_;
  Inputs inputs_;
  Ledger ledger_;
  Reporter reporter_;
  Nanos elapsed_ns_ = 0;
};

Status Experiment::Run() {
  // First: from here on a signal ends the program in order, whatever it is doing.
  auto stop = net::StopSignal::Create();
  if (!stop.ok()) return stop.error();
  stop_ = std::move(*stop);
  if (Status status = Prepare(); !status.ok()) return status;
  // Whoever finds this one later knows that the run was killed.
  if (Status status = Summarise("the run has not ended"); !status.ok()) return status;
  Status status = Connect();
  if (status.ok()) status = Load();
  if (status.ok()) status = RunLoad();
  const bool stopped = stop_->Poll();
  std::string reason;
  if (stopped) {
    reason = "stopped by a signal before its end";
  } else if (!status.ok()) {
    reason = status.error().message;
  }
  Status written = Summarise(reason);
  if (!stopped && !status.ok()) return status;
  return written;
}

Status Experiment::Prepare() {
  auto zoo = ChooseZoo(options_.zoo, options_.model_order, options_.copies_per_entry);
  if (!zoo.ok()) return zoo.error();
  zoo_ = std::move(*zoo);
  // Before any model is loaded: a pause between loads would end the controller's load phase.
  auto trace = OpenTrace(options_.trace_directory, static_cast<std::uint64_t>(options_.trace_seed));
  if (!trace.ok()) return trace.error();
  trace_ = std::move(*trace);
  LogInfo("trace {}: {} functions; zoo {} ({} models x {} copies, order {})", trace_->Description(),
          trace_->functions(), zoo_.name, zoo_.entries.size(), options_.copies_per_entry,
          zoo_.order);
  LogInfo("{} workers, {} load steps of {} s, factors {:.4g} to {:.4g}", options_.workers,
          options_.schedule.steps.size(), options_.schedule.period_ns / kSecond,
          options_.schedule.steps.front().factor, options_.schedule.steps.back().factor);
  return {};
}

Status Experiment::Connect() {
  auto loop = net::EventLoop::Create();
  if (!loop.ok()) return loop.error();
  loop_ = std::move(*loop);
  if (Status status = loop_->AddReader(stop_->fd(), stop_.get()); !status.ok()) return status;
  const auto fd =
      net::ConnectWithRetry(options_.controller, options_.connect_timeout_ns, stop_.get());
  if (!fd.ok()) return fd.error();
  link_ = std::make_unique<ControllerLink>(loop_.get(), *fd, stop_.get());
  return {};
}

Status Experiment::Load() {
  if (Status status = reporter_.Loading(); !status.ok()) return status;
  auto models = LoadModels(link_.get(), zoo_, options_.copies_per_entry);
  if (!models.ok()) return models.error();
  models_ = std::move(*models);
  LogInfo("{} models loaded; waiting for the controller to take requests", models_.size());
  if (options_.send_inputs) {
    if (Status status = PrepareInputs(models_, &inputs_); !status.ok()) return status;
  }
  return AwaitReady(link_.get(), [this](Nanos deadline_ns) {
    while (!link_->lost() && !stop_->requested() && loop_->RefreshNow() < deadline_ns) {
      loop_->RunOnce(deadline_ns);
    }
  });
}

Status Experiment::RunLoad() {
  ScalabilityWorkload workload(*trace_, options_.schedule, models_.size(),
                               static_cast<std::uint64_t>(options_.seed));
  OpenLoop run({loop_.get(), stop_.get(), link_.get(), &workload, &models_, &inputs_, &ledger_},
               options_.drain_ns,
               [this](Nanos elapsed_ns) { reporter_.Running(elapsed_ns, ledger_.TakeInterval()); });
  std::optional<AwakeProcessors> awake;
  if (options_.real_time) {
    awake.emplace();
    LogInfo("the workload begins; {}; {}", RequestRealTime(), awake->Describe());
  } else {
    LogInfo("the workload begins; ordinary scheduling as asked for");
  }
  elapsed_ns_ = run.Run();
  if (ledger_.unmatched_answers() > 0 || ledger_.pushed_out() > 0) {
    LogWarning(
        "{} answers matched no waiting request; {} requests were given up because {} were waiting",
        ledger_.unmatched_answers(), ledger_.pushed_out(), kMaxOutstanding);
  }
  if (!link_->lost()) return {};
  return RuntimeError(fmt::format("lost the controller at {}:{} in load step {}: {}; see its log",
                                  options_.controller.host, options_.controller.port,
                                  options_.schedule.StepAt(elapsed_ns_), link_->lost_reason()));
}

Status Experiment::Summarise(const std::string& reason) {
  RunFacts facts = {options_.workers, trace_->Description(), zoo_.name,
                    zoo_.order,       elapsed_ns_,           reason};
  const RunSummary summary = client::Summarise(ledger_, options_.schedule, std::move(facts));
  if (elapsed_ns_ > 0) {
    LogInfo("sent {}, answered {}, good {}, unanswered {}, best step {:.0f} good/s, lag p99 {} us",
            summary.sent, summary.answered, summary.good, summary.unanswered, summary.good_rps,
            summary.lag_p99_ns / kMicrosecond);
    if (summary.valid) {
      LogInfo("the run is valid");
    } else {
      LogWarning("the run is not valid: {}", summary.invalid_reason);
    }
  }
  if (options_.summary_file.empty()) return {};
  const std::string text = SummaryJson(summary, options_.summary_bytes);
  // What is below /dev can be written to, but not replaced: a container's termination message.
  if (options_.summary_file.starts_with("/dev/")) {
    return WriteFileInPlace(options_.summary_file, text);
  }
  return WriteFileAtomically(options_.summary_file, text);
}

}  // namespace

Status RunExperiment(const Options& options) { return Experiment(options).Run(); }

}  // namespace clockwork::client
