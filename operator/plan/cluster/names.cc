#include "operator/plan/cluster/names.h"

#include <fmt/format.h>

#include <array>

#include "images/common/base/parse.h"

namespace clockwork::plan::cluster {
namespace {

constexpr std::array<std::pair<std::string_view, Role>, 5> kRoleNames = {
    {{"worker", Role::kWorker},
     {"controller", Role::kController},
     {"client", Role::kClient},
     {"collector", Role::kCollector},
     {"figures", Role::kFigures}}};
// What names add to the experiment's: "-" and the hash of the uid, "-c1000t100a100000" and
// "-worker9999": 6 + 17 + 11 characters.
constexpr std::size_t kMaxExperimentPartBytes = kMaxObjectNameBytes - 34;
constexpr std::int64_t kMaxLabelNumber = 1'000'000;

std::uint64_t Hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash ^ (hash >> 32);
}

// The experiment's part of a name: as it is, or its beginning and a hash of the whole.
std::string ExperimentPart(std::string_view experiment) {
  if (experiment.size() <= kMaxExperimentPartBytes) return std::string(experiment);
  constexpr std::size_t kHashDigits = 6;
  return fmt::format("{}-{:06x}", experiment.substr(0, kMaxExperimentPartBytes - kHashDigits - 1),
                     Hash(experiment) & 0xffffffu);
}

bool ReadNumber(const api::TextMap& labels, std::string_view label, std::int64_t min,
                std::int64_t* out) {
  const auto found = labels.find(std::string(label));
  if (found == labels.end()) return false;
  const auto number = ParseInteger(label, found->second, min, kMaxLabelNumber);
  if (number.ok()) *out = *number;
  return number.ok();
}

}  // namespace

std::string_view NameOf(Role role) {
  for (const auto& [name, candidate] : kRoleNames) {
    if (candidate == role) return name;
  }
  return "";
}

std::string AttemptName(std::string_view experiment, std::string_view uid, TrialId trial,
                        std::int64_t attempt) {
  return fmt::format("{}-{:05x}-c{}t{}a{}", ExperimentPart(experiment), Hash(uid) & 0xfffffu,
                     trial.config, trial.trial, attempt);
}

std::string PodName(std::string_view experiment, std::string_view uid, const PodId& id) {
  if (id.role == Role::kFigures) {
    return fmt::format("{}-{:05x}-a{}-{}", ExperimentPart(experiment), Hash(uid) & 0xfffffu,
                       id.attempt, NameOf(id.role));
  }
  const std::string attempt = AttemptName(experiment, uid, id.trial, id.attempt);
  if (id.role != Role::kWorker) return fmt::format("{}-{}", attempt, NameOf(id.role));
  return fmt::format("{}-{}{}", attempt, NameOf(id.role), id.ordinal);
}

std::string ExperimentLabel(std::string_view experiment) { return std::string(experiment); }

api::TextMap PodLabels(std::string_view experiment, std::string_view managed_by, const PodId& id) {
  api::TextMap labels = {{"app.kubernetes.io/name", "clockwork"},
                         {"app.kubernetes.io/instance", ExperimentLabel(experiment)},
                         {"app.kubernetes.io/managed-by", std::string(managed_by)},
                         {"app.kubernetes.io/component", std::string(NameOf(id.role))},
                         {std::string(kExperimentLabel), ExperimentLabel(experiment)},
                         {std::string(kAttemptLabel), std::to_string(id.attempt)},
                         {std::string(kRoleLabel), std::string(NameOf(id.role))}};
  if (id.role == Role::kFigures) return labels;
  labels.emplace(kConfigLabel, std::to_string(id.trial.config));
  labels.emplace(kTrialLabel, std::to_string(id.trial.trial));
  labels.emplace(kOrdinalLabel, std::to_string(id.ordinal));
  return labels;
}

bool ReadPodLabels(const api::TextMap& labels, PodId* id) {
  const auto role = labels.find(std::string(kRoleLabel));
  if (role == labels.end()) return false;
  bool known = false;
  for (const auto& [name, candidate] : kRoleNames) {
    if (role->second != name) continue;
    id->role = candidate;
    known = true;
  }
  if (!known || !ReadNumber(labels, kAttemptLabel, 1, &id->attempt)) return false;
  if (id->role == Role::kFigures) {
    id->trial = {0, 0};
    return true;
  }
  return ReadNumber(labels, kConfigLabel, 1, &id->trial.config) &&
         ReadNumber(labels, kTrialLabel, 1, &id->trial.trial) &&
         ReadNumber(labels, kOrdinalLabel, 0, &id->ordinal);
}

}  // namespace clockwork::plan::cluster
