// How one Event reaches the server (event_recorder.h).

#include <nlohmann/json.hpp>

#include "operator/kube/api_time.h"
#include "operator/kube/event_recorder.h"

namespace clockwork::kube {
namespace {

const ResourceType& EventType() {
  static const ResourceType kType{
      .group = "", .version = "v1", .plural = "events", .kind = "Event"};
  return kType;
}

std::int64_t CountOf(const Json& event) {
  const auto found = event.is_object() ? event.find("count") : event.end();
  if (!event.is_object() || found == event.end() || !found->is_number_integer()) return 1;
  return found->get<std::int64_t>();
}

bool HasText(const Json& event, const char* field, std::string_view text) {
  const auto found = event.is_object() ? event.find(field) : event.end();
  return event.is_object() && found != event.end() && *found == text;
}

Json PatchOf(const EventWrite& write, std::int64_t count, std::string_view instance) {
  return {{"count", count},
          {"message", write.event.note},
          {"lastTimestamp", SecondTime(write.last_ns)},
          {"reportingInstance", instance}};
}

bool Failed(const Outcome<Json>& answer, Failure failure) {
  return !answer.ok() && answer.error().failure == failure;
}

}  // namespace

Outcome<Json> ClientEventSink::Get(std::string_view name_space, std::string_view name) {
  return client_->Get(EventType(), name_space, name);
}

Outcome<Json> ClientEventSink::Create(std::string_view name_space, const Json& event) {
  return client_->Create(EventType(), name_space, event);
}

Outcome<Json> ClientEventSink::Patch(std::string_view name_space, std::string_view name,
                                     const Json& patch) {
  return client_->MergePatch(EventType(), name_space, name, patch);
}

Outcome<std::int64_t> WriteEvent(EventSink* sink, const EventWrite& write,
                                 std::string_view component, std::string_view instance) {
  if (write.count > 1) {
    const Outcome<Json> patched =
        sink->Patch(write.name_space, write.name, PatchOf(write, write.count, instance));
    // The server forgets Events after an hour.
    if (!Failed(patched, Failure::kNotFound)) {
      return patched.ok() ? Outcome<std::int64_t>(write.count) : patched.error();
    }
  }
  const Outcome<Json> created =
      sink->Create(write.name_space, EncodeEvent(write, component, instance));
  if (created.ok()) return write.count;
  if (!Failed(created, Failure::kAlreadyExists)) return created.error();
  const Outcome<Json> there = sink->Get(write.name_space, write.name);
  if (!there.ok()) return there.error();
  // A create that was executed twice meets itself.
  if (HasText(*there, "reportingInstance", instance) &&
      HasText(*there, "firstTimestamp", SecondTime(write.first_ns)) &&
      CountOf(*there) == write.count) {
    return write.count;
  }
  const std::int64_t count = CountOf(*there) + write.count;
  const Outcome<Json> patched =
      sink->Patch(write.name_space, write.name, PatchOf(write, count, instance));
  return patched.ok() ? Outcome<std::int64_t>(count) : patched.error();
}

}  // namespace clockwork::kube
