#include "tests/support/pod_double/pod_script.h"

#include "images/common/base/parse.h"

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

std::string LabelOf(const Json& pod, const char* label) {
  const Json labels = pod.at("metadata").value("labels", Json::object());
  return labels.value(label, "");
}

std::int64_t NumberOf(const Json& pod, const char* label) {
  const auto number = ParseInteger(label, LabelOf(pod, label), 0, INT64_MAX);
  return number.ok() ? *number : -1;
}

}  // namespace

PodFacts FactsOf(const Json& pod) {
  return {.name_space = pod.at("metadata").value("namespace", ""),
          .name = pod.at("metadata").value("name", ""),
          .role = LabelOf(pod, kRoleLabel),
          .config = NumberOf(pod, kConfigLabel),
          .trial = NumberOf(pod, kTrialLabel),
          .attempt = NumberOf(pod, kAttemptLabel),
          .workers = NumberOf(pod, kWorkersLabel),
          .pod = pod};
}

}  // namespace clockwork::testing
