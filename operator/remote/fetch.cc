#include "operator/remote/fetch.h"

#include <fmt/format.h>

#include <filesystem>

#include <nlohmann/json.hpp>

#include "images/common/base/clock.h"
#include "images/common/base/file.h"
#include "images/common/base/log.h"
#include "images/common/plan/tree.h"
#include "operator/api/encode.h"
#include "operator/kinds.h"
#include "operator/kube/random.h"
#include "operator/local/display.h"
#include "operator/local/experiment_directory.h"
#include "operator/local/supervise.h"
#include "operator/plan/cluster/names.h"
#include "operator/plan/cluster/pod_spec.h"
#include "operator/remote/exec_stream.h"
#include "operator/remote/fetch_target.h"
#include "operator/remote/reader_pod.h"
#include "operator/remote/records.h"
#include "operator/remote/unpack.h"

namespace clockwork::remote {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxEvidenceBytes = 1U << 16;
constexpr std::size_t kShownKilobyte = 1'000;

Error ApiFailure(std::string_view what, const kube::ApiError& error) {
  return RuntimeError(fmt::format("{}: {}", what, kube::Describe(error)));
}

// The reader pod for the life of the object.
class Reader {
 public:
  Reader(Cluster* cluster, const RemoteExperiment& experiment)
      : cluster_(cluster), experiment_(experiment) {}
  ~Reader() {
    if (name_.empty()) return;
    const auto deleted = cluster_->client()->Delete(kPods, experiment_.name_space, name_);
    if (deleted.ok() || deleted.error().failure == kube::Failure::kNotFound) return;
    fmt::print(
        stderr,
        "clockwork-experiment: pod {} could not be deleted ({}); it ends by itself within {} "
        "s\n",
        name_, kube::Describe(deleted.error()), kReaderSeconds);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  const std::string& name() const { return name_; }

  Status Start(const std::string& image) {
    const std::string label =
        fmt::format("{}={}", plan::cluster::kExperimentLabel,
                    plan::cluster::ExperimentLabel(experiment_.experiment.name));
    const auto pods = cluster_->client()->List(kPods, experiment_.name_space, {label, ""});
    if (!pods.ok()) return ApiFailure("the experiment's pods", pods.error());
    const double fraction = kube::SystemRandom()();
    image_ = image.empty() ? ReaderImage(experiment_, pods->items) : image;
    const ReaderSpec spec{
        image_, NodeOfClaim(pods->items, plan::cluster::ClaimName(experiment_.experiment)),
        fmt::format("{:06x}", static_cast<std::uint32_t>(fraction * (1U << 24)))};
    const nlohmann::json pod = ReaderPod(experiment_, spec);
    // Its answer may be lost: then, too, it is to be deleted.
    name_ = pod.at("metadata").at("name");
    const auto created = cluster_->client()->Create(kPods, experiment_.name_space, pod);
    if (created.ok()) return {};
    if (!kube::IsTransient(created.error().failure)) name_.clear();  // refused
    return ApiFailure("the pod that reads the claim", created.error());
  }

  Status AwaitRunning(local::Display* display, local::Interrupts* interrupts) {
    const Nanos deadline_ns = NowNs() + kReaderStartNs;
    std::string blocker;
    while (true) {
      const auto pod = cluster_->client()->Get(kPods, experiment_.name_space, name_);
      if (!pod.ok() && !kube::IsTransient(pod.error().failure)) {
        return ApiFailure(fmt::format("pod {}", name_), pod.error());
      }
      if (pod.ok()) {
        const ReaderState state = StateOf(*pod);
        if (state.kind == ReaderState::Kind::kRunning) return {};
        if (state.kind == ReaderState::Kind::kEnded) {
          return RuntimeError(fmt::format("pod {} ended: {}", name_, state.blocker));
        }
        const bool is_news = !state.blocker.empty() && state.blocker != blocker;
        blocker = state.blocker;
        if (is_news) display->Note(fmt::format("pod {} waits: {}", name_, blocker), NowNs());
      }
      if (NowNs() >= deadline_ns) {
        return RuntimeError(fmt::format(
            "pod {} did not start within {} s: {} (its image is {}; --image gives another)", name_,
            kReaderStartNs / kSecond, blocker.empty() ? "Kubernetes does not say why" : blocker,
            image_));
      }
      if (local::WaitForAny({}, nullptr, interrupts, NowNs() + kReaderPollNs) ==
          local::Wake::kInterrupted) {
        return RuntimeError(std::string(local::kInterruptedSentence));
      }
    }
  }

 private:
  Cluster* const cluster_;
  const RemoteExperiment& experiment_;
  std::string name_;
  std::string image_;
};

// What `report` needs beside the files of the claim.
Status WriteRecords(const RemoteExperiment& experiment, const std::string& directory) {
  const auto path = [&](std::string_view file) { return fmt::format("{}/{}", directory, file); };
  const std::string text = api::EncodeExperiment(experiment.experiment).dump(2) + "\n";
  if (Status status = WriteFileAtomically(path(plan::kExperimentFile), text); !status.ok()) {
    return status;
  }
  for (const plan::PlannedTrial& trial : plan::MakePlan(experiment.experiment.spec).order) {
    const std::string file = path(plan::EvidenceFile(trial.id));
    const std::string filed = path(plan::RecordFile(trial.id));
    std::error_code ignored;
    // Who files a trial leaves its record as well; a telemetry image of before did not.
    if (fs::exists(filed, ignored)) {
      const auto record = ReadFile(filed, kMaxEvidenceBytes);
      if (record.ok() && IsOfAnother(*record, experiment)) fs::remove(filed, ignored);
      continue;
    }
    if (!fs::exists(file, ignored)) continue;
    auto evidence = ReadFile(file, kMaxEvidenceBytes);
    if (!evidence.ok()) return evidence.error();
    const auto record = RecordOf(*evidence, trial, experiment);
    if (!record.ok()) return RuntimeError(fmt::format("{}: {}", file, record.error().message));
    if (Status status =
            WriteFileAtomically(path(plan::RecordFile(trial.id)), plan::EncodeRecord(*record));
        !status.ok()) {
      return status;
    }
  }
  return {};
}

// Everything between the pod's start and the finished copy in target.copy().
Status Copy(const FetchOptions& options, Cluster* cluster, const RemoteExperiment& experiment,
            const FetchTarget& target, local::Interrupts* interrupts) {
  local::Display display(NowNs());
  Reader pod(cluster, experiment);
  if (Status status = pod.Start(options.image); !status.ok()) return status;
  display.Note(fmt::format("pod {} is to read the claim {}", pod.name(),
                           plan::cluster::ClaimName(experiment.experiment)),
               NowNs());
  if (Status status = pod.AwaitRunning(&display, interrupts); !status.ok()) return status;
  DirectorySink sink(target.copy());
  archive::Reader reader(&sink);
  const ExecOptions exec{
      options.kubectl,       options.cluster,
      experiment.name_space, pod.name(),
      kReaderContainer,      {"telemetry", "archive", "-i", ReaderDirectory(experiment)},
      target.log()};
  if (Status status = StreamArchive(exec, &reader, interrupts); !status.ok()) return status;
  display.Note(fmt::format("{} files, {} kB", sink.files(),
                           reader.content_bytes() / static_cast<std::int64_t>(kShownKilobyte)),
               NowNs());
  return WriteRecords(experiment, target.copy());
}

}  // namespace

Result<Fetched> Fetch(const FetchOptions& given, local::Interrupts* interrupts) {
  FetchOptions options = given;
  FetchTarget target{fs::absolute(options.directory).lexically_normal().string()};
  while (target.directory.size() > 1 && target.directory.ends_with('/')) {
    target.directory.pop_back();
  }
  if (Status status = target.RemoveLeftovers(); !status.ok()) return status.error();
  if (Status status = target.Check(options.replace); !status.ok()) return status.error();
  auto kubectl = FindKubectl(options.kubectl);
  if (!kubectl.ok()) return kubectl.error();
  options.kubectl = std::move(*kubectl);
  auto cluster = Cluster::Open(options.cluster);
  if (!cluster.ok()) return cluster.error();
  auto experiment = GetExperiment(cluster->get(), options.name);
  if (!experiment.ok()) return experiment.error();
  Status status = local::MakeDirectories(target.copy());
  if (status.ok()) status = Copy(options, cluster->get(), *experiment, target, interrupts);
  if (status.ok()) status = target.Commit();
  if (const Status cleared = target.RemoveLeftovers(); !cleared.ok()) {
    LogWarning("{}", cleared.error().message);
  }
  if (!status.ok()) return status.error();
  return Fetched{target.directory, std::move(*experiment)};
}

}  // namespace clockwork::remote
