#include "images/common/telemetry/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace clockwork::telemetry {

std::string EncodeManifest(const Manifest& manifest) {
  const nlohmann::ordered_json json = {{"version", kManifestVersion},
                                       {"complete", manifest.complete},
                                       {"requestRows", manifest.request_rows},
                                       {"actionRows", manifest.action_rows},
                                       {"firstRequestNs", manifest.first_request_ns},
                                       {"lastRequestNs", manifest.last_request_ns},
                                       {"droppedRequestRows", manifest.dropped_request_rows},
                                       {"droppedActionRows", manifest.dropped_action_rows},
                                       {"shedRequests", manifest.shed_requests}};
  return json.dump() + "\n";
}

Result<Manifest> DecodeManifest(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (const auto version = json.at("version").get<std::int64_t>(); version != kManifestVersion) {
      return RuntimeError(fmt::format("version {} is not {}", version, kManifestVersion));
    }
    const auto count = [&json](const char* name) {
      const auto& value = json.at(name);
      // Otherwise a negative number would be taken for a huge one.
      return value.is_number_unsigned() ? value.get<std::uint64_t>()
                                        : throw nlohmann::json::other_error::create(
                                              501, fmt::format("{} is not a count", name), &value);
    };
    Manifest manifest;
    manifest.complete = json.at("complete").get<bool>();
    manifest.request_rows = count("requestRows");
    manifest.action_rows = count("actionRows");
    manifest.first_request_ns = json.at("firstRequestNs").get<Nanos>();
    manifest.last_request_ns = json.at("lastRequestNs").get<Nanos>();
    manifest.dropped_request_rows = count("droppedRequestRows");
    manifest.dropped_action_rows = count("droppedActionRows");
    // Controllers of earlier versions did not tell.
    if (json.contains("shedRequests")) manifest.shed_requests = count("shedRequests");
    return manifest;
  } catch (const nlohmann::json::exception& error) {
    return RuntimeError(error.what());
  }
}

}  // namespace clockwork::telemetry
