#include "operator/plan/cluster/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "operator/plan/cluster/names.h"

namespace clockwork::plan::cluster {
namespace {

using OrderedJson = nlohmann::ordered_json;

template <typename E, std::size_t count>
using Names = std::array<std::pair<std::string_view, E>, count>;

constexpr Names<Phase, 5> kPhases = {{{"Pending", Phase::kPending},
                                      {"Running", Phase::kRunning},
                                      {"Suspended", Phase::kSuspended},
                                      {"Complete", Phase::kComplete},
                                      {"Failed", Phase::kFailed}}};
constexpr Names<TrialStep, 9> kTrialSteps = {{{"Backoff", TrialStep::kBackoff},
                                              {"Suspended", TrialStep::kSuspended},
                                              {"Preparing", TrialStep::kPreparing},
                                              {"StartingWorkers", TrialStep::kWorkers},
                                              {"StartingController", TrialStep::kController},
                                              {"StartingClient", TrialStep::kClient},
                                              {"Measuring", TrialStep::kMeasuring},
                                              {"StoppingController", TrialStep::kStopping},
                                              {"Collecting", TrialStep::kCollecting}}};
constexpr Names<ConditionStatus, 3> kConditionStatuses = {{{"Unknown", ConditionStatus::kUnknown},
                                                           {"True", ConditionStatus::kTrue},
                                                           {"False", ConditionStatus::kFalse}}};

constexpr Names<FiguresState, 3> kFiguresStates = {{{"Drawing", FiguresState::kDrawing},
                                                    {"Drawn", FiguresState::kDrawn},
                                                    {"Missing", FiguresState::kMissing}}};

template <typename E, std::size_t count>
std::string_view Written(const Names<E, count>& names, E value) {
  for (const auto& [name, candidate] : names) {
    if (candidate == value) return name;
  }
  return "";
}

OrderedJson EncodeCondition(const Condition& condition) {
  return {{"type", condition.type},
          {"status", Written(kConditionStatuses, condition.status)},
          {"observedGeneration", condition.observed_generation},
          {"reason", condition.reason},
          {"message", condition.message},
          {"lastTransitionTime", FormatTime(condition.transition_ns)}};
}

OrderedJson EncodeActive(const ActiveTrial& active) {
  OrderedJson json = {
      {"config", active.id.config},  {"trial", active.id.trial},
      {"workers", active.workers},   {"attempt", active.attempt},
      {"step", NameOf(active.step)}, {"startTime", FormatTime(active.start_ns, true)}};
  if (!active.node.empty()) json["node"] = active.node;
  if (!active.reason.empty()) json["reason"] = active.reason;
  if (!active.message.empty()) json["message"] = active.message;
  return json;
}

OrderedJson EncodeResult(const StatusResult& result) {
  OrderedJson json = {{"workers", result.workers}};
  if (result.median_goodput_rps) json["medianGoodputRps"] = *result.median_goodput_rps;
  json["goodputRps"] = result.goodput_rps;
  json["attempts"] = result.attempts;
  if (!result.invalid.empty()) json["invalid"] = result.invalid;
  return json;
}

OrderedJson EncodeFigures(const FiguresStatus& figures) {
  OrderedJson json = {{"state", NameOf(figures.state)},
                      {"attempt", figures.attempt},
                      {"startTime", FormatTime(figures.start_ns, true)}};
  if (!figures.reason.empty()) json["reason"] = figures.reason;
  if (!figures.message.empty()) json["message"] = figures.message;
  return json;
}

// Reads one field where it is what it should be, and leaves *out alone otherwise.
class Lenient {
 public:
  explicit Lenient(const nlohmann::json& json) : json_(json) {}

  bool Read(const char* name, std::int64_t* out) const {
    const nlohmann::json* value = Find(name);
    if (value == nullptr || !value->is_number_integer()) return false;
    *out = value->get<std::int64_t>();
    return true;
  }
  void Read(const char* name, std::optional<std::int64_t>* out) const {
    std::int64_t value = 0;
    if (Read(name, &value)) *out = value;
  }
  bool Read(const char* name, std::string* out) const {
    const nlohmann::json* value = Find(name);
    if (value == nullptr || !value->is_string()) return false;
    *out = value->get<std::string>();
    return true;
  }
  bool ReadTime(const char* name, std::optional<Nanos>* out) const {
    std::string text;
    if (!Read(name, &text)) return false;
    *out = ParseTime(text);
    return out->has_value();
  }
  void Read(const char* name, std::vector<std::int64_t>* out) const {
    for (const nlohmann::json& entry : List(name)) {
      out->push_back(entry.is_number_integer() ? entry.get<std::int64_t>() : 0);
    }
  }
  template <typename E, std::size_t count>
  bool Read(const char* name, const Names<E, count>& names, E* out) const {
    std::string text;
    if (!Read(name, &text)) return false;
    for (const auto& [written, value] : names) {
      if (written != text) continue;
      *out = value;
      return true;
    }
    return false;
  }
  const nlohmann::json& List(const char* name) const {
    static const nlohmann::json kNothing = nlohmann::json::array();
    const nlohmann::json* value = Find(name);
    return value != nullptr && value->is_array() ? *value : kNothing;
  }

  // Null where there is none.
  const nlohmann::json* Find(const char* name) const {
    if (!json_.is_object()) return nullptr;
    const auto member = json_.find(name);
    return member == json_.end() ? nullptr : &*member;
  }

 private:
  const nlohmann::json& json_;
};

std::optional<Condition> DecodeCondition(const nlohmann::json& json) {
  const Lenient fields(json);
  Condition condition;
  std::optional<Nanos> transition_ns;
  const bool whole = fields.Read("type", &condition.type) &&
                     fields.Read("status", kConditionStatuses, &condition.status) &&
                     fields.Read("reason", &condition.reason) &&
                     fields.ReadTime("lastTransitionTime", &transition_ns);
  if (!whole) return std::nullopt;
  fields.Read("message", &condition.message);
  fields.Read("observedGeneration", &condition.observed_generation);
  condition.transition_ns = *transition_ns;
  return condition;
}

std::optional<ActiveTrial> DecodeActive(const nlohmann::json& json) {
  const Lenient fields(json);
  ActiveTrial active;
  std::optional<Nanos> start_ns;
  const bool whole =
      fields.Read("config", &active.id.config) && fields.Read("trial", &active.id.trial) &&
      fields.Read("workers", &active.workers) && fields.Read("attempt", &active.attempt) &&
      fields.Read("step", kTrialSteps, &active.step) && fields.ReadTime("startTime", &start_ns);
  if (!whole || active.attempt < 1 || active.attempt > kMaxAttemptNumber) return std::nullopt;
  fields.Read("node", &active.node);
  fields.Read("reason", &active.reason);
  fields.Read("message", &active.message);
  active.start_ns = *start_ns;
  return active;
}

std::optional<StatusResult> DecodeResult(const nlohmann::json& json) {
  const Lenient fields(json);
  StatusResult result;
  if (!fields.Read("workers", &result.workers)) return std::nullopt;
  fields.Read("medianGoodputRps", &result.median_goodput_rps);
  fields.Read("goodputRps", &result.goodput_rps);
  fields.Read("attempts", &result.attempts);
  fields.Read("invalid", &result.invalid);
  return result;
}

std::optional<FiguresStatus> DecodeFigures(const nlohmann::json* json) {
  if (json == nullptr) return std::nullopt;
  const Lenient fields(*json);
  FiguresStatus figures;
  std::optional<Nanos> start_ns;
  const bool whole = fields.Read("state", kFiguresStates, &figures.state) &&
                     fields.Read("attempt", &figures.attempt) &&
                     fields.ReadTime("startTime", &start_ns);
  if (!whole || figures.attempt < 1 || figures.attempt > kMaxAttemptNumber) return std::nullopt;
  fields.Read("reason", &figures.reason);
  fields.Read("message", &figures.message);
  figures.start_ns = *start_ns;
  return figures;
}

template <typename T>
void DecodeList(const Lenient& fields, const char* name,
                std::optional<T> (*decode)(const nlohmann::json&), std::vector<T>* out) {
  for (const nlohmann::json& entry : fields.List(name)) {
    if (std::optional<T> value = decode(entry)) out->push_back(std::move(*value));
  }
}

}  // namespace

std::string Shortened(std::string message, std::size_t max_bytes) {
  constexpr std::string_view kMore = "...";
  if (message.size() <= max_bytes) return message;
  std::size_t end = max_bytes - kMore.size();
  // Not in the middle of a character.
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xc0U) == 0x80U) --end;
  message.resize(end);
  return message.append(kMore);
}

std::int64_t EndedAttempts(const ExperimentStatus& status, std::int64_t workers,
                           std::int64_t trial) {
  for (const StatusResult& result : status.results) {
    const auto place = static_cast<std::size_t>(trial - 1);
    if (result.workers == workers && place < result.attempts.size()) return result.attempts[place];
  }
  return 0;
}

std::string_view NameOf(Phase phase) { return Written(kPhases, phase); }
std::string_view NameOf(TrialStep step) { return Written(kTrialSteps, step); }
std::string_view NameOf(FiguresState state) { return Written(kFiguresStates, state); }

OrderedJson EncodeStatus(const ExperimentStatus& status) {
  OrderedJson json = {{"phase", NameOf(status.phase)},
                      {"message", status.message},
                      {"progress", fmt::format("{}/{}", status.trials_done, status.trials_total)},
                      {"trialsTotal", status.trials_total},
                      {"trialsDone", status.trials_done},
                      {"trialsValid", status.trials_valid},
                      {"trialsInvalid", status.trials_invalid},
                      {"failures", status.failures}};
  if (status.current_workers > 0) json["currentWorkers"] = status.current_workers;
  if (status.peak_goodput_rps) json["peakGoodputRps"] = *status.peak_goodput_rps;
  if (status.peak_workers) json["peakWorkers"] = *status.peak_workers;
  if (status.start_ns) json["startTime"] = FormatTime(*status.start_ns);
  if (status.completion_ns) json["completionTime"] = FormatTime(*status.completion_ns);
  if (!status.telemetry_image.empty()) json["telemetryImage"] = status.telemetry_image;
  json["observedGeneration"] = status.observed_generation;
  json["conditions"] = OrderedJson::array();
  for (const Condition& condition : status.conditions) {
    json["conditions"].push_back(EncodeCondition(condition));
  }
  json["active"] = OrderedJson::array();
  for (const ActiveTrial& active : status.active) json["active"].push_back(EncodeActive(active));
  if (status.figures) json["figures"] = EncodeFigures(*status.figures);
  json["results"] = OrderedJson::array();
  for (const StatusResult& result : status.results) json["results"].push_back(EncodeResult(result));
  return json;
}

ExperimentStatus DecodeStatus(const nlohmann::json& json) {
  const Lenient fields(json);
  ExperimentStatus status;
  fields.Read("phase", kPhases, &status.phase);
  fields.Read("message", &status.message);
  fields.Read("trialsTotal", &status.trials_total);
  fields.Read("trialsDone", &status.trials_done);
  fields.Read("trialsValid", &status.trials_valid);
  fields.Read("trialsInvalid", &status.trials_invalid);
  fields.Read("failures", &status.failures);
  fields.Read("currentWorkers", &status.current_workers);
  fields.Read("peakGoodputRps", &status.peak_goodput_rps);
  fields.Read("peakWorkers", &status.peak_workers);
  fields.ReadTime("startTime", &status.start_ns);
  fields.ReadTime("completionTime", &status.completion_ns);
  fields.Read("telemetryImage", &status.telemetry_image);
  fields.Read("observedGeneration", &status.observed_generation);
  DecodeList(fields, "conditions", DecodeCondition, &status.conditions);
  DecodeList(fields, "active", DecodeActive, &status.active);
  DecodeList(fields, "results", DecodeResult, &status.results);
  status.figures = DecodeFigures(fields.Find("figures"));
  return status;
}

}  // namespace clockwork::plan::cluster
