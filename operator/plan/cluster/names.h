#pragma once

// The names and labels of what a trial is made of. Pure. A name says all that tells two pods apart,
// so that creating one twice is noticed by the API server, and fits into a label's 63 characters.

#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/plan/tree.h"
#include "operator/api/scalability_experiment.h"
#include "operator/plan/cluster/world.h"

namespace clockwork::plan::cluster {

inline constexpr std::string_view kExperimentLabel = "clockwork.dev/experiment";
inline constexpr std::string_view kConfigLabel = "clockwork.dev/config";
inline constexpr std::string_view kTrialLabel = "clockwork.dev/trial";
inline constexpr std::string_view kAttemptLabel = "clockwork.dev/attempt";
inline constexpr std::string_view kRoleLabel = "clockwork.dev/role";
inline constexpr std::string_view kOrdinalLabel = "clockwork.dev/ordinal";

inline constexpr std::size_t kMaxObjectNameBytes = 63;
// Of attempts; what names and labels have room for.
inline constexpr std::int64_t kMaxAttemptNumber = 99'999;

struct PodId {
  TrialId trial;  // {0, 0} for kFigures
  std::int64_t attempt = 0;
  Role role = Role::kWorker;
  std::int64_t ordinal = 0;  // of a worker, from 0
  bool operator==(const PodId&) const = default;
};

std::string_view NameOf(Role role);

// "<experiment>-<hash of the uid>-c2t1a3": also the directory of the attempt's telemetry. A long
// experiment's name is cut and hashed.
std::string AttemptName(std::string_view experiment, std::string_view uid, TrialId trial,
                        std::int64_t attempt);
// With "-controller", "-worker0" and so on; "<experiment>-<hash of the uid>-a1-figures" for
// kFigures.
std::string PodName(std::string_view experiment, std::string_view uid, const PodId& id);

// The value of kExperimentLabel.
std::string ExperimentLabel(std::string_view experiment);

api::TextMap PodLabels(std::string_view experiment, std::string_view managed_by, const PodId& id);

// Whether the labels are those of a pod of an experiment; fills in *id. False where one is missing
// or no number.
bool ReadPodLabels(const api::TextMap& labels, PodId* id);

}  // namespace clockwork::plan::cluster
