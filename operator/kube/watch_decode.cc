#include <algorithm>
#include <cctype>
#include <utility>

#include "operator/kube/client.h"
#include "operator/kube/json_text.h"
#include "operator/kube/status_decode.h"

namespace clockwork::kube {
namespace {

ApiError Malformed(std::string message) {
  return LocalError(Failure::kMalformed, std::move(message));
}

}  // namespace

Outcome<std::optional<WatchEvent>> DecodeWatchLine(std::string_view line) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  if (std::all_of(line.begin(), line.end(), blank)) return std::optional<WatchEvent>();
  auto event = ParseJsonObject(line);
  if (!event) {
    return Malformed("a line of the watch is no JSON object: " + OneLine(line.substr(0, 80)));
  }
  const std::string type = TextMember(*event, "type");
  if (type.empty()) return Malformed("an event of the watch has no type");
  static constexpr std::pair<const char*, WatchEventType> kTypes[] = {
      {"ADDED", WatchEventType::kAdded},
      {"MODIFIED", WatchEventType::kModified},
      {"DELETED", WatchEventType::kDeleted},
      {"BOOKMARK", WatchEventType::kBookmark}};
  const auto* known = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&type](const auto& entry) { return type == entry.first; });
  // What a later version of the API may add is none of our business.
  if (known == std::end(kTypes) && type != "ERROR") return std::optional<WatchEvent>();
  const auto object = event->find("object");
  if (object == event->end() || !object->is_object()) {
    return Malformed("an event of the watch, " + type + ", has no object");
  }
  if (known == std::end(kTypes)) return StatusError(*object, 0);
  return std::optional<WatchEvent>(WatchEvent{known->second, std::move(*object)});
}

}  // namespace clockwork::kube
