#include "images/common/plan/program_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace clockwork::plan {
namespace {

using Json = nlohmann::json;

// Reads fields of one object and remembers the first that is missing or of the wrong type.
class Fields {
 public:
  explicit Fields(Json json) : json_(std::move(json)) {
    if (!json_.is_object()) Fail("it is no JSON object");
  }

  const Json* Find(const char* name, bool (Json::*is_type)() const noexcept, const char* type) {
    const auto member = json_.is_object() ? json_.find(name) : json_.end();
    if (member != json_.end() && ((*member).*is_type)()) return &*member;
    Fail(fmt::format("its field {} is missing or not {}", name, type));
    return nullptr;
  }
  void Read(const char* name, bool* out) {
    if (const Json* value = Find(name, &Json::is_boolean, "true or false"))
      *out = value->get<bool>();
  }
  void Read(const char* name, std::int64_t* out) {
    if (const Json* value = Find(name, &Json::is_number_integer, "a whole number")) {
      *out = value->get<std::int64_t>();
    }
  }
  // For what earlier versions do not write.
  void ReadIfThere(const char* name, std::int64_t* out) {
    if (json_.is_object() && json_.contains(name)) Read(name, out);
  }
  void Read(const char* name, double* out) {
    if (const Json* value = Find(name, &Json::is_number, "a number")) *out = value->get<double>();
  }
  void Read(const char* name, std::string* out) {
    if (const Json* value = Find(name, &Json::is_string, "a text"))
      *out = value->get<std::string>();
  }
  void Fail(std::string reason) {
    if (status_.ok()) status_ = RuntimeError(std::move(reason));
  }
  const Status& status() const { return status_; }

 private:
  Json json_;
  Status status_;
};

Fields FieldsOf(std::string_view text) { return Fields(Json::parse(text, nullptr, false)); }

template <typename T>
Result<T> Finished(const Fields& fields, T value) {
  if (!fields.status().ok()) return fields.status().error();
  return value;
}

}  // namespace

Result<std::int64_t> ParseReadyPort(std::string_view text) {
  Fields fields = FieldsOf(text);
  std::int64_t port = 0;
  fields.Read("port", &port);
  if (port < 0 || port > 65535) fields.Fail("its field port is no port number");
  return Finished(fields, port);
}

Result<ClientSummary> ParseClientSummary(std::string_view text) {
  Fields fields = FieldsOf(text);
  ClientSummary summary;
  fields.Read("valid", &summary.valid);
  fields.Read("invalidReason", &summary.invalid_reason);
  fields.Read("sent", &summary.sent);
  fields.Read("answered", &summary.answered);
  fields.Read("unanswered", &summary.unanswered);
  fields.Read("lagP99Us", &summary.lag_p99_us);
  fields.Read("offeredRps", &summary.offered_rps);
  fields.Read("trace", &summary.trace);
  fields.Read("zoo", &summary.zoo);
  fields.Read("modelOrder", &summary.model_order);
  if (const Json* steps = fields.Find("steps", &Json::is_array, "a list")) {
    for (const Json& step : *steps) {
      Fields step_fields(step);
      step_fields.Read("offeredRps", &summary.step_offered_rps.emplace_back());
      if (!step_fields.status().ok())
        fields.Fail("in one of its steps, " + step_fields.status().error().message);
    }
  }
  return Finished(fields, std::move(summary));
}

Result<ClientProgress> ParseClientProgress(std::string_view text) {
  Fields fields = FieldsOf(text);
  ClientProgress progress;
  fields.Read("step", &progress.step);
  fields.Read("steps", &progress.steps);
  fields.Read("factor", &progress.factor);
  fields.Read("elapsedSeconds", &progress.elapsed_seconds);
  fields.Read("totalSeconds", &progress.total_seconds);
  fields.Read("offeredRps", &progress.offered_rps);
  fields.Read("goodRps", &progress.good_rps);
  fields.Read("phase", &progress.phase);
  return Finished(fields, std::move(progress));
}

Result<LogManifest> ParseManifest(std::string_view text) {
  Fields fields = FieldsOf(text);
  LogManifest manifest;
  fields.Read("complete", &manifest.complete);
  fields.Read("requestRows", &manifest.request_rows);
  fields.Read("actionRows", &manifest.action_rows);
  fields.Read("droppedRequestRows", &manifest.dropped_request_rows);
  fields.Read("droppedActionRows", &manifest.dropped_action_rows);
  fields.ReadIfThere("shedRequests", &manifest.shed_requests);
  return Finished(fields, manifest);
}

}  // namespace clockwork::plan
