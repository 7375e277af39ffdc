#pragma once

// The pods and the claim that a trial needs, as values; pod_template.h makes Kubernetes objects of
// them. Pure.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "operator/plan/cluster/names.h"
#include "operator/plan/cluster/world.h"
#include "operator/plan/trials.h"

namespace clockwork::plan::cluster {

// Ports that the original's command lines fix (spec/cli.md).
inline constexpr std::int64_t kWorkerPort = 12345;
inline constexpr std::int64_t kClientPort = 12346;

inline constexpr const char* kTelemetryMount = "/telemetry";
inline constexpr const char* kScratchMount = "/tmp";
inline constexpr const char* kTerminationMessageFile = "/dev/termination-log";
inline constexpr std::int64_t kTerminationMessageBytes = 4'096;

// How long a pod has to end in order, e.g. the controller to flush its telemetry.
inline constexpr std::int64_t kGraceSeconds = 30;

// How long a program tries to reach each that it depends on, unless half the start-up deadline is
// less. A node may be ready some time before its pods can be reached.
inline constexpr std::int64_t kConnectSeconds = 60;

// Who owns the objects that are made.
struct Owner {
  std::string name;
  std::string name_space;
  std::string uid;
  std::string managed_by;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// A program that runs to its end before that of the pod.
struct FirstProgram {
  std::string name;  // of its container
  std::string image;
  std::string program;  // empty: the image's entry point
  std::vector<std::string> arguments;
  Environment environment = {};
};

struct PodSpec {
  Owner owner;
  PodId id;
  std::string name;
  std::string image;
  std::string program;  // found through the image's PATH; empty: the image's entry point
  std::vector<std::string> arguments;
  Environment environment;
  std::int64_t port = 0;            // 0: listens nowhere and counts as ready when it runs
  std::vector<FirstProgram> first;  // one after the other, with the same mounts and resources
  bool scratch = false;             // a small empty directory at kScratchMount
  std::string claim;                // mounted at kTelemetryMount; empty: none
  std::string sub_path;             // of the claim; empty: its root
  std::string node;                 // must run there; empty: where the placement allows
  std::string preferred_node;       // should run there if it can
  api::RolePlacement placement;
  api::RoleResources resources;
  api::PullPolicy pull_policy = api::PullPolicy::kIfNotPresent;
  std::vector<std::string> pull_secrets;
  std::string priority_class;
  std::int64_t grace_seconds = 0;
  std::int64_t startup_seconds = 0;  // how long the kubelet awaits `port`
  // The kubelet ends it after this long whether or not an operator is there.
  std::int64_t active_deadline_seconds = 0;
};

struct ClaimSpec {
  Owner owner;
  std::string name;
  std::string size;
  std::string storage_class;  // empty: the cluster's default
};

// The experiment's claim: the one it names, or the one that is made for it.
std::string ClaimName(const api::ScalabilityExperiment& experiment);

// The image of the collector.
std::string TelemetryImage(const World& world);

// All require a decoded experiment in the world; `trial` is of its plan.
ClaimSpec MakeClaim(const World& world);
PodSpec MakeWorker(const World& world, const PlannedTrial& trial, std::int64_t attempt,
                   std::int64_t ordinal);
// `workers` are the addresses ip:port of the worker pods, by ordinal.
PodSpec MakeController(const World& world, const PlannedTrial& trial, std::int64_t attempt,
                       const std::vector<std::string>& workers);
PodSpec MakeClient(const World& world, const PlannedTrial& trial, std::int64_t attempt,
                   const std::string& controller_ip);
// Runs on `node`, where the controller ran; `summary` is the client's termination message.
PodSpec MakeCollector(const World& world, const PlannedTrial& trial, std::int64_t attempt,
                      const std::string& node, const std::string& summary);

// Draws the figures of what is measured, once the last trial has ended, and then files the result;
// `left_workers` is the N of the left half.
PodSpec MakeFigures(const World& world, const Plan& plan, std::int64_t left_workers,
                    std::int64_t attempt);

// How many of the trial's GPUs the worker pod `ordinal` has: as even as possible, larger ones
// first.
std::int64_t GpusOfPod(std::int64_t gpus, std::int64_t pods, std::int64_t ordinal);

// How long one attempt may take in all, from its start to the record.
Nanos AttemptDeadlineNs(const api::Deadlines& deadlines, const PlannedTrial& trial);
// And how long the drawing of the figures, with all its attempts.
Nanos FiguresDeadlineNs(const api::Deadlines& deadlines);

}  // namespace clockwork::plan::cluster
