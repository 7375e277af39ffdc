#include "operator/plan/cluster/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "operator/plan/cluster/reasons.h"

namespace clockwork::plan::cluster {
namespace {

using Json = nlohmann::json;

constexpr double kMaxRps = 1e9;

// Throws the library's exceptions where a field is missing or of another type.
Evidence DecodeEvidence(const Json& json, bool summary_optional) {
  Evidence evidence;
  const Json& manifest = json.at("manifest");
  manifest.at("complete").get_to(evidence.manifest.complete);
  manifest.at("requestRows").get_to(evidence.manifest.request_rows);
  manifest.at("actionRows").get_to(evidence.manifest.action_rows);
  manifest.at("droppedRequestRows").get_to(evidence.manifest.dropped_request_rows);
  manifest.at("droppedActionRows").get_to(evidence.manifest.dropped_action_rows);
  if (const Json& peak = json.at("peak"); !peak.is_null()) {
    evidence.peak =
        Peak{peak.at("bucket").get<std::int64_t>(), peak.at("goodputRps").get<double>(),
             peak.at("throughputRps").get<double>(), peak.at("meanBatch").get<double>()};
  }
  const Json& client = json.at("client");
  if (client.is_null() && summary_optional) {
    evidence.client.valid = true;
    evidence.client.sent = evidence.manifest.request_rows;
    return evidence;
  }
  client.at("valid").get_to(evidence.client.valid);
  client.at("invalidReason").get_to(evidence.client.invalid_reason);
  client.at("sent").get_to(evidence.client.sent);
  client.at("unanswered").get_to(evidence.client.unanswered);
  client.at("lagP99Us").get_to(evidence.client.lag_p99_us);
  evidence.client.trace = client.value("trace", "");
  evidence.client.zoo = client.value("zoo", "");
  evidence.client.model_order = client.value("modelOrder", "");
  return evidence;
}

Measurement Judged(const Evidence& evidence, const api::Validity& validity) {
  TrialRecord record;
  Judge(evidence, validity, &record);
  Measurement measurement;
  measurement.goodput_rps = std::llround(std::clamp(record.goodput_rps, 0.0, kMaxRps));
  measurement.valid = record.valid;
  if (record.valid) return measurement;
  const auto max_lag_us = static_cast<double>(validity.max_client_lag_p99_microseconds);
  measurement.reason =
      evidence.client.lag_p99_us > max_lag_us ? reason::kClientLag : reason::kTrialInvalid;
  measurement.message = record.reason;
  return measurement;
}

}  // namespace

Result<Measurement> ReadMeasurement(std::string_view text, std::string_view attempt_name,
                                    const api::Validity& validity, bool summary_optional) {
  try {
    const Json json = Json::parse(text);
    if (json.contains("error")) return RuntimeError(json.at("error").get<std::string>());
    if (json.at("attempt") != attempt_name) return RuntimeError("it is of another attempt");
    return Judged(DecodeEvidence(json, summary_optional), validity);
  } catch (const Json::exception& error) {
    return RuntimeError(fmt::format("its termination message is no evidence: {}", error.what()));
  }
}

Result<Evidence> ReadEvidence(std::string_view text, bool summary_optional, double* offered_rps) {
  try {
    const Json json = Json::parse(text);
    Evidence evidence = DecodeEvidence(json, summary_optional);
    const Json& peak = json.at("peak");
    *offered_rps = peak.is_object() ? peak.at("offeredRps").get<double>() : 0;
    return evidence;
  } catch (const Json::exception& error) {
    return RuntimeError(fmt::format("it is no evidence: {}", error.what()));
  }
}

}  // namespace clockwork::plan::cluster
