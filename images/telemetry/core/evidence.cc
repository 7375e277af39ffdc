#include "images/telemetry/core/evidence.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace clockwork::telemetry {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxTextBytes = 512;  // of one text of the client's

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The client's fields that count, as it wrote them. Its steps are left out: the one that is needed
// stands in the peak.
Json ClientPart(const Json& summary) {
  if (!summary.is_object()) return nullptr;
  Json part = Json::object();
  for (const char* field : {"valid", "invalidReason", "sent", "answered", "unanswered", "lagP99Us",
                            "offeredRps", "trace", "zoo", "modelOrder"}) {
    if (!summary.contains(field)) continue;
    part[field] = summary[field];
    if (part[field].is_string()) {
      part[field] = summary[field].get<std::string>().substr(0, kMaxTextBytes);
    }
  }
  return part;
}

// What the client offered in the load step of the peak; where it does not say, all answers.
double OfferedAt(const Peaks& peaks, const Json& summary) {
  const auto steps = summary.is_object() ? summary.find("steps") : summary.end();
  const auto index = static_cast<std::size_t>(std::max<std::int64_t>(peaks.bucket_at_goodput, 0));
  if (steps == summary.end() || !steps->is_array() || index >= steps->size() ||
      !(*steps)[index].is_object()) {
    return peaks.throughput_at_goodput;
  }
  const auto rate = (*steps)[index].find("offeredRps");
  const bool known = rate != (*steps)[index].end() && rate->is_number();
  return known ? rate->get<double>() : peaks.throughput_at_goodput;
}

Json PeakPart(const TrialSummary& trial, const Json& summary) {
  if (!trial.peaks) return nullptr;
  const Peaks& peaks = *trial.peaks;
  return {{"bucket", peaks.bucket_at_goodput},
          {"goodputRps", peaks.goodput},
          {"throughputRps", peaks.throughput_at_goodput},
          {"meanBatch", peaks.batchsize_at_goodput},
          {"offeredRps", OfferedAt(peaks, summary)}};
}

}  // namespace

std::string EncodeEvidence(std::string_view attempt, const Manifest& manifest,
                           const TrialSummary& summary, std::string_view client_summary) {
  const Json client = Json::parse(client_summary, nullptr, false);
  const Json evidence = {{"version", 1},
                         {"attempt", attempt},
                         {"manifest",
                          {{"complete", manifest.complete},
                           {"requestRows", manifest.request_rows},
                           {"actionRows", manifest.action_rows},
                           {"droppedRequestRows", manifest.dropped_request_rows},
                           {"droppedActionRows", manifest.dropped_action_rows},
                           {"shedRequests", manifest.shed_requests}}},
                         {"peak", PeakPart(summary, client)},
                         {"client", ClientPart(client)}};
  return Dump(evidence);
}

std::string EncodeFailure(std::string_view message) {
  // A character may take six bytes when it is escaped.
  constexpr std::size_t kMaxMessageBytes = (kMaxEvidenceBytes - 16) / 6;
  return Dump(Json{{"error", message.substr(0, kMaxMessageBytes)}});
}

bool IsEvidenceOf(std::string_view evidence, std::string_view attempt) {
  const Json json = Json::parse(evidence, nullptr, false);
  return json.is_object() && json.contains("attempt") && json["attempt"] == attempt;
}

}  // namespace clockwork::telemetry
