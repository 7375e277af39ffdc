#include "images/common/plan/trial_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace clockwork::plan {

namespace {

using OrderedJson = nlohmann::ordered_json;

// The client judges its own lag by this bound; the experiment may set another, which then decides.
constexpr double kClientLagBoundUs = 1'000;

// Whether lag is all that the client objects to: then the experiment's own bound decides. Its
// sentences are joined by "; " (docs/programs.md).
bool OnlyLagged(const ClientSummary& client) {
  return client.lag_p99_us > kClientLagBoundUs &&
         client.invalid_reason.starts_with("the client lagged behind its schedule") &&
         client.invalid_reason.find("; ") == std::string::npos;
}

std::string FirstObjection(const Evidence& evidence, std::int64_t bound_us) {
  const ClientSummary& client = evidence.client;
  const LogManifest& manifest = evidence.manifest;
  const auto max_lag_us = static_cast<double>(bound_us);
  if (client.lag_p99_us > max_lag_us) {
    return fmt::format(
        "the client lagged {:.0f} us behind its schedule (p99; {:.0f} us are allowed)",
        client.lag_p99_us, max_lag_us);
  }
  if (client.unanswered > 0) {
    return fmt::format("{} of {} requests were not answered", client.unanswered, client.sent);
  }
  if (!client.valid && !OnlyLagged(client)) {
    return fmt::format("the client calls its run invalid: {}", client.invalid_reason);
  }
  const std::int64_t dropped = manifest.dropped_request_rows + manifest.dropped_action_rows;
  if (dropped > 0) return fmt::format("the controller dropped {} rows of telemetry", dropped);
  if (!manifest.complete) return "the controller did not complete its telemetry";
  if (manifest.request_rows != client.sent) {
    return fmt::format("the controller logged {} requests, but {} were sent", manifest.request_rows,
                       client.sent);
  }
  if (!evidence.peak) return "the run is too short to measure: give at least two load steps";
  return "";
}

// Records of earlier versions have none.
void DecodePrograms(const OrderedJson& json, std::map<std::string, ProgramUse>* programs) {
  const auto found = json.find("programs");
  if (found == json.end()) return;
  for (const auto& [name, use] : found->items()) {
    ProgramUse& program = (*programs)[name];
    use.at("userSeconds").get_to(program.user_seconds);
    use.at("systemSeconds").get_to(program.system_seconds);
    use.at("peakBytes").get_to(program.peak_bytes);
    program.version = use.value("version", "");
  }
}

double OfferedAtPeak(const Evidence& evidence) {
  if (evidence.offered_rps) return *evidence.offered_rps;
  const auto& steps = evidence.client.step_offered_rps;
  if (!evidence.peak) return evidence.client.offered_rps;
  const auto step = static_cast<std::size_t>(evidence.peak->bucket);
  return step < steps.size() ? steps[step] : evidence.peak->throughput_rps;
}

}  // namespace

void Judge(const Evidence& evidence, std::int64_t max_lag_us, TrialRecord* record) {
  record->reason = FirstObjection(evidence, max_lag_us);
  record->valid = record->reason.empty();
  record->goodput_rps = evidence.peak ? evidence.peak->goodput_rps : 0;
  record->mean_batch = evidence.peak ? evidence.peak->mean_batch : 0;
  record->offered_rps = OfferedAtPeak(evidence);
  record->lag_p99_us = evidence.client.lag_p99_us;
  record->sent = evidence.client.sent;
  record->request_rows = evidence.manifest.request_rows;
  record->action_rows = evidence.manifest.action_rows;
  record->shed_requests = evidence.manifest.shed_requests;
  record->trace = evidence.client.trace;
  record->zoo = evidence.client.zoo;
  record->model_order = evidence.client.model_order;
}

OrderedJson EncodePrograms(const std::map<std::string, ProgramUse>& programs) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, use] : programs) {
    json[name] = {{"userSeconds", use.user_seconds},
                  {"systemSeconds", use.system_seconds},
                  {"peakBytes", use.peak_bytes}};
    if (!use.version.empty()) json[name]["version"] = use.version;
  }
  return json;
}

std::string EncodeRecord(const TrialRecord& record) {
  OrderedJson json = {{"version", 1},
                      {"measurement", record.measurement},
                      {"workers", record.workers},
                      {"config", record.id.config},
                      {"trial", record.id.trial},
                      {"attempts", record.attempts},
                      {"valid", record.valid},
                      {"reason", record.reason},
                      {"goodputRps", record.goodput_rps},
                      {"offeredRps", record.offered_rps},
                      {"meanBatch", record.mean_batch},
                      {"lagP99Us", record.lag_p99_us},
                      {"sent", record.sent},
                      {"requestRows", record.request_rows},
                      {"actionRows", record.action_rows},
                      {"shedRequests", record.shed_requests},
                      {"durationSeconds", record.duration_seconds},
                      {"programs", EncodePrograms(record.programs)},
                      {"trace", record.trace},
                      {"zoo", record.zoo},
                      {"modelOrder", record.model_order}};
  if (!record.uid.empty()) json["uid"] = record.uid;
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

Result<TrialRecord> DecodeRecord(std::string_view text) {
  try {
    const OrderedJson json = OrderedJson::parse(text);
    if (json.at("version") != 1) return RuntimeError("it has another version");
    TrialRecord record;
    json.at("measurement").get_to(record.measurement);
    json.at("workers").get_to(record.workers);
    json.at("config").get_to(record.id.config);
    json.at("trial").get_to(record.id.trial);
    json.at("attempts").get_to(record.attempts);
    json.at("valid").get_to(record.valid);
    json.at("reason").get_to(record.reason);
    json.at("goodputRps").get_to(record.goodput_rps);
    json.at("offeredRps").get_to(record.offered_rps);
    json.at("meanBatch").get_to(record.mean_batch);
    json.at("lagP99Us").get_to(record.lag_p99_us);
    json.at("sent").get_to(record.sent);
    json.at("requestRows").get_to(record.request_rows);
    json.at("actionRows").get_to(record.action_rows);
    // Records of earlier versions have none.
    record.shed_requests = json.value("shedRequests", std::int64_t{0});
    json.at("durationSeconds").get_to(record.duration_seconds);
    DecodePrograms(json, &record.programs);
    json.at("trace").get_to(record.trace);
    json.at("zoo").get_to(record.zoo);
    json.at("modelOrder").get_to(record.model_order);
    record.uid = json.value("uid", "");
    return record;
  } catch (const nlohmann::json::exception& error) {
    return RuntimeError(fmt::format("it is no trial record: {}", error.what()));
  }
}

}  // namespace clockwork::plan
