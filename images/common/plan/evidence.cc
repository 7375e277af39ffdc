#include "images/common/plan/evidence.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace clockwork::plan {
namespace {

using Json = nlohmann::json;

// These throw the library's exceptions where a field is missing or of another type.

LogManifest DecodeManifest(const Json& json) {
  return {json.at("complete").get<bool>(),
          json.at("requestRows").get<std::int64_t>(),
          json.at("actionRows").get<std::int64_t>(),
          json.at("droppedRequestRows").get<std::int64_t>(),
          json.at("droppedActionRows").get<std::int64_t>(),
          json.value("shedRequests", std::int64_t{0})};
}

Peak DecodePeak(const Json& json) {
  return {json.at("bucket").get<std::int64_t>(), json.at("goodputRps").get<double>(),
          json.at("throughputRps").get<double>(), json.at("meanBatch").get<double>()};
}

ClientSummary DecodeClient(const Json& json) {
  ClientSummary client;
  json.at("valid").get_to(client.valid);
  json.at("invalidReason").get_to(client.invalid_reason);
  json.at("sent").get_to(client.sent);
  json.at("unanswered").get_to(client.unanswered);
  json.at("lagP99Us").get_to(client.lag_p99_us);
  client.trace = json.value("trace", "");
  client.zoo = json.value("zoo", "");
  client.model_order = json.value("modelOrder", "");
  return client;
}

Evidence DecodeEvidence(const Json& json, bool summary_optional) {
  Evidence evidence;
  json.at("attempt").get_to(evidence.attempt);
  evidence.manifest = DecodeManifest(json.at("manifest"));
  if (const Json& peak = json.at("peak"); !peak.is_null()) {
    evidence.peak = DecodePeak(peak);
    evidence.offered_rps = peak.value("offeredRps", evidence.peak->throughput_rps);
  }
  const Json& client = json.at("client");
  if (client.is_null() && summary_optional) {
    evidence.client.valid = true;
    evidence.client.sent = evidence.manifest.request_rows;
  } else {
    evidence.client = DecodeClient(client);
  }
  return evidence;
}

}  // namespace

Result<Evidence> ReadEvidence(std::string_view text, bool summary_optional) {
  try {
    const Json json = Json::parse(text);
    if (json.contains("error")) return RuntimeError(json.at("error").get<std::string>());
    return DecodeEvidence(json, summary_optional);
  } catch (const Json::exception& error) {
    return RuntimeError(fmt::format("it is no evidence: {}", error.what()));
  }
}

}  // namespace clockwork::plan
