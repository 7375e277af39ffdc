#pragma once

// ScalabilityExperiment, version v1alpha1 of group clockwork.dev: what to measure, on how many
// emulated GPUs, how often, and with which parameters. The same file is run on one machine and
// applied to a cluster. The member initialisers are the defaults: the published experiment of
// Figure 11 (spec/cli.md §1.7).
//
// Conventions of the written form: camelCase names that are spelled as the members here; units in
// names; no floating-point numbers (a fraction is a quoted decimal such as "0.1"); an absent field
// has its default. A plain value type: copy it freely. decode.h reads and checks it, encode.h
// writes it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clockwork::api {

inline constexpr std::string_view kApiVersion = "clockwork.dev/v1alpha1";
inline constexpr std::string_view kKind = "ScalabilityExperiment";

inline constexpr std::int64_t kMaxGpus = 10'000;
inline constexpr std::int64_t kMaxWorkerCounts = 1'000;
inline constexpr std::int64_t kMaxTrials = 100;
inline constexpr std::int64_t kMaxTrialsInAll = 10'000;  // so that their results fit one object
inline constexpr std::int64_t kMaxWorkerPods = 256;      // their addresses are one argument
inline constexpr std::int64_t kMaxAttempts = 10;
inline constexpr std::int64_t kMaxLoadSteps = 1'000;
inline constexpr std::int64_t kMaxPeriodSeconds = 86'400;
inline constexpr std::int64_t kMaxDeadlineSeconds = 2'592'000;  // 30 days
inline constexpr std::int64_t kMaxTraceSeed = 2'147'483'646;
inline constexpr std::size_t kMaxNameBytes = 52;  // leaves room for what child names add, below 63
inline constexpr std::size_t kMaxTextBytes = 4'096;
inline constexpr std::size_t kMaxMapEntries = 64;
inline constexpr std::size_t kMaxTolerations = 16;
inline constexpr std::size_t kMaxPullSecrets = 16;
inline constexpr std::int64_t kMaxBackoffSeconds = 3'600;

// A non-negative decimal fraction, exactly as written: digits, and at most nine after the point.
struct Decimal {
  std::string text;
  double value = 0;
  friend bool operator==(const Decimal& a, const Decimal& b) { return a.text == b.text; }
};

// spec.workers: the numbers N of emulated GPUs ("workers" in the figure), ascending.
// Exactly one of the two forms is written; neither means the default range.
struct WorkerRange {
  std::int64_t min = 10;
  std::int64_t max = 150;
  std::int64_t step = 10;
  bool operator==(const WorkerRange&) const = default;
};
struct Workers {
  std::vector<std::int64_t> values;  // used when not empty
  WorkerRange range;
  bool operator==(const Workers&) const = default;
};

// spec.load: the factor on the trace's rate starts at factorMin, is multiplied by factorStep every
// periodSeconds, and the run ends when it would exceed factorMax (spec/workload.md §3.4).
struct Load {
  Decimal factor_min{"0.1", 0.1};
  Decimal factor_max{"4", 4};
  Decimal factor_step{"1.5", 1.5};
  std::int64_t period_seconds = 60;
  std::int64_t memory_load_factor = 4;  // 1..4: 3, 13, 29 or 66 copies of each model of the zoo
  bool operator==(const Load&) const = default;
};

// spec.models: the zoo, and the order in which its models are loaded (the first one gets nearly all
// calls). A directory is always taken by name, whatever the order says.
enum class ModelOrder { kPublished, kAlphabetical, kShuffled };
struct Models {
  std::string zoo = "v100-osdi20";  // v100-osdi20, h100, or an absolute directory
  ModelOrder order = ModelOrder::kPublished;
  bool operator==(const Models&) const = default;
};

// spec.trace: where the rates come from. `seed` shapes the synthetic day; `directory` holds the
// files of AzureFunctions2019 and is given exactly then.
enum class TraceSource { kSynthetic, kAzureFunctions2019 };
struct Trace {
  TraceSource source = TraceSource::kSynthetic;
  std::int64_t seed = 1;
  std::string directory;
  bool operator==(const Trace&) const = default;
};

// spec.scheduler: the controller's options (spec/cli.md §1.2).
enum class SchedulerType { kInfer5 };
struct Scheduler {
  SchedulerType type = SchedulerType::kInfer5;
  bool generate_inputs = false;
  std::optional<std::int64_t> max_gpus;  // absent: N
  std::int64_t schedule_ahead_microseconds = 5'000;
  std::int64_t slo_milliseconds = 100;
  std::int64_t max_exec_microseconds = 25'000;
  std::int64_t max_batch = 8;
  bool stop_loads_at_zero_demand = false;  // what the original meant; the published runs have false
  bool operator==(const Scheduler&) const = default;
};

// spec.validity: a trial counts as valid while the load generator kept to its own schedule this
// well, in every load step, and every request was answered and logged.
struct Validity {
  std::int64_t max_client_lag_p99_microseconds = 1'000;
  bool operator==(const Validity&) const = default;
};

// spec.retries: how often a trial may be started in all, when it fails or comes out invalid.
struct Retries {
  std::int64_t attempts = 3;
  std::int64_t backoff_seconds = 10;  // cluster: between the end of an attempt and the next
  bool operator==(const Retries&) const = default;
};

// spec.deadlines: absent trialSeconds is derived from the load; absent experimentSeconds means
// none, and is looked at between trials.
struct Deadlines {
  std::optional<std::int64_t> trial_seconds;
  std::optional<std::int64_t> experiment_seconds;
  std::int64_t startup_seconds = 300;  // cluster: until the pods of a trial are ready
  bool operator==(const Deadlines&) const = default;
};

// spec.figures: which N the left plot shows. Absent: 40 when measured, else the largest N.
struct Figures {
  std::optional<std::int64_t> left_workers;
  bool operator==(const Figures&) const = default;
};

// From here on: fields that only a cluster uses.
using TextMap = std::map<std::string, std::string>;

// spec.placement.<role>.tolerations: as in a pod. An empty key with Exists tolerates everything.
enum class TolerationOperator { kEqual, kExists };
enum class TaintEffect { kAny, kNoSchedule, kPreferNoSchedule, kNoExecute };  // kAny: absent
struct Toleration {
  std::string key;
  TolerationOperator match = TolerationOperator::kEqual;
  std::string value;
  TaintEffect effect = TaintEffect::kAny;
  std::optional<std::int64_t> toleration_seconds;  // NoExecute only; absent: for ever
  bool operator==(const Toleration&) const = default;
};

// spec.placement.<role>
struct RolePlacement {
  TextMap node_selector;
  std::vector<Toleration> tolerations = {};
  bool operator==(const RolePlacement&) const = default;
};
struct Placement {
  RolePlacement worker{{{"clockwork.dev/role", "worker"}}};
  RolePlacement controller{{{"clockwork.dev/role", "controller"}}};
  RolePlacement client{{{"clockwork.dev/role", "client"}}};
  bool operator==(const Placement&) const = default;
};

// spec.images: empty means the image of the operator's own release.
enum class PullPolicy { kIfNotPresent, kAlways, kNever };
struct Images {
  std::string worker;
  std::string controller;
  std::string client;
  std::string telemetry;
  std::string plotter;
  PullPolicy pull_policy = PullPolicy::kIfNotPresent;
  bool operator==(const Images&) const = default;
};

// spec.resources.<role>: Kubernetes quantities by resource name, e.g. cpu: "2".
struct RoleResources {
  TextMap requests;
  TextMap limits;
  bool operator==(const RoleResources&) const = default;
};
struct Resources {
  RoleResources worker;
  RoleResources controller;
  RoleResources client;
  RoleResources collector;  // and of the pod that draws the figures
  bool operator==(const Resources&) const = default;
};

// spec.cleanup: when the pods of a finished trial go.
enum class Cleanup { kAlways, kOnSuccess, kNever };

struct ExperimentSpec {
  Workers workers;
  std::int64_t trials = 3;
  Load load;
  Models models;
  Trace trace;
  Scheduler scheduler;
  Validity validity;
  Retries retries;
  Deadlines deadlines;
  Figures figures;
  bool suspend = false;  // true: start nothing new
  Placement placement;
  Images images;
  Resources resources;
  std::vector<std::string> image_pull_secrets;  // names of Secrets in the experiment's namespace
  std::string priority_class_name;
  // The PersistentVolumeClaim of the telemetry; empty: one is made, of the size and class below.
  std::string telemetry_claim_name;
  std::string telemetry_claim_size = "10Gi";
  std::string telemetry_storage_class_name;  // empty: the cluster's default
  std::optional<std::int64_t> ttl_seconds_after_finished;
  Cleanup cleanup = Cleanup::kOnSuccess;
  std::int64_t parallel_trials = 1;
  std::int64_t worker_pods = 1;  // the emulated GPUs of one N are spread over this many pods
  bool operator==(const ExperimentSpec&) const = default;
};

struct ScalabilityExperiment {
  std::string name;        // metadata.name
  std::string name_space;  // metadata.namespace; empty: the current one
  TextMap labels;          // metadata.labels
  TextMap annotations;     // metadata.annotations
  ExperimentSpec spec;
  bool operator==(const ScalabilityExperiment&) const = default;
};

// The numbers N that spec.workers stands for, ascending. Requires a decoded experiment.
std::vector<std::int64_t> WorkerCounts(const Workers& workers);

}  // namespace clockwork::api
