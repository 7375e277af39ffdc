#include "tests/support/fake_api/answer.h"

#include <fmt/format.h>

namespace clockwork::testing {
namespace {

std::string Resource(const ResourceKind& kind) {
  return kind.group.empty() ? kind.plural : kind.plural + "." + kind.group;
}

Answer About(const ResourceKind& kind, std::string_view name, Answer answer) {
  answer.body["details"] = {{"name", name}, {"kind", kind.plural}};
  if (!kind.group.empty()) answer.body["details"]["group"] = kind.group;
  return answer;
}

}  // namespace

nlohmann::json FailureStatus(int code, std::string_view reason, std::string_view message) {
  return {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", nlohmann::json::object()},
          {"status", "Failure"}, {"message", message}, {"reason", reason},
          {"code", code}};
}

Answer Failure(int code, std::string_view reason, std::string_view message) {
  return {code, FailureStatus(code, reason, message), 0};
}

Answer NotFoundAnswer(const ResourceKind& kind, std::string_view name) {
  return About(kind, name,
               Failure(404, "NotFound", fmt::format("{} \"{}\" not found", Resource(kind), name)));
}

Answer AlreadyExistsAnswer(const ResourceKind& kind, std::string_view name) {
  return About(
      kind, name,
      Failure(409, "AlreadyExists", fmt::format("{} \"{}\" already exists", Resource(kind), name)));
}

Answer ConflictAnswer(const ResourceKind& kind, std::string_view name, std::string_view why) {
  return About(kind, name,
               Failure(409, "Conflict",
                       fmt::format("Operation cannot be fulfilled on {} \"{}\": {}", Resource(kind),
                                   name, why)));
}

Answer InvalidAnswer(const ResourceKind& kind, std::string_view name, std::string_view field,
                     std::string_view why) {
  Answer answer =
      Failure(422, "Invalid",
              fmt::format("{}{} \"{}\" is invalid: {}: {}", kind.kind,
                          kind.group.empty() ? "" : "." + kind.group, name, field, why));
  answer = About(kind, name, std::move(answer));
  answer.body["details"]["kind"] = kind.kind;
  answer.body["details"]["causes"] = {
      {{"reason", "FieldValueInvalid"}, {"message", why}, {"field", field}}};
  return answer;
}

Answer BadRequestAnswer(std::string_view message) { return Failure(400, "BadRequest", message); }

Answer ExpiredAnswer(std::string_view message) { return Failure(410, "Expired", message); }

}  // namespace clockwork::testing
