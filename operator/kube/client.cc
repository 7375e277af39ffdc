#include "operator/kube/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "images/common/base/clock.h"
#include "operator/kube/json_text.h"
#include "operator/kube/request_target.h"

namespace clockwork::kube {
namespace {

std::string LabelOf(const ResourceType& type, std::string_view subresource) {
  return subresource.empty() ? type.plural : fmt::format("{}/{}", type.plural, subresource);
}

// Objects may quote what is no UTF-8 (a program's last words); it is replaced, not refused.
std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ApiVersionOf(const ResourceType& type) {
  return type.group.empty() ? type.version : fmt::format("{}/{}", type.group, type.version);
}

// Lists leave both out of their items.
void FillInKind(const ResourceType& type, Json* object) {
  if (!object->contains("apiVersion")) (*object)["apiVersion"] = ApiVersionOf(type);
  if (!object->contains("kind")) (*object)["kind"] = type.kind;
}

// The reason why no such request is sent, or nothing.
std::optional<ApiError> Refuse(const ResourceType& type, std::string_view name_space,
                               std::string_view name) {
  const char* reason = RefuseName(name);
  if (reason == nullptr && type.namespaced && RefuseName(name_space) != nullptr) {
    reason = "the namespace is empty or a path";
  }
  if (reason == nullptr) return std::nullopt;
  return LocalError(Failure::kInvalid,
                    fmt::format("{} \"{}\" in \"{}\": {}", type.plural, name, name_space, reason));
}

// As above for a whole collection: an empty namespace means all of them.
std::optional<ApiError> RefuseCollection(const ResourceType& type, std::string_view name_space) {
  if (name_space.empty()) return std::nullopt;
  return Refuse(type, name_space, "-");
}

ApiError Malformed(int code, std::string message) {
  return {Failure::kMalformed, code, {}, std::move(message), 0};
}

HttpRequest WithoutBody(std::string target) { return {"GET", std::move(target), {}, {}}; }

HttpRequest WithBody(std::string method, std::string target, std::string content_type,
                     const Json& body) {
  return {std::move(method), std::move(target), std::move(content_type), Dump(body)};
}

constexpr const char* kJsonType = "application/json";

// Takes over one page; the token of the next one, empty after the last.
Outcome<std::string> TakePage(const ResourceType& type, Json page, ObjectList* list) {
  const auto items = page.find("items");
  const bool none = items == page.end() || items->is_null();
  if (!none && !items->is_array()) return Malformed(200, "the items of a list are no array");
  if (!none) {
    for (Json& item : *items) {
      if (item.is_null()) continue;
      if (!item.is_object()) return Malformed(200, "an item of a list is no object");
      FillInKind(type, &item);
      list->items.push_back(std::move(item));
    }
  }
  const Json& metadata = ObjectMember(page, "metadata");
  list->resource_version = TextMember(metadata, "resourceVersion");
  return TextMember(metadata, "continue");
}

}  // namespace

ApiError TooManyObjects(std::string_view kind, std::size_t limit) {
  return LocalError(Failure::kMalformed,
                    fmt::format("there are more than {} {}, which is more than is held; "
                                "look after fewer namespaces",
                                limit, kind));
}

Client::Client(HttpTransport* transport, Throttle* throttle, RequestObserver observe,
               InterruptibleWait wait, WriteGate may_write)
    : transport_(transport),
      throttle_(throttle),
      observe_(std::move(observe)),
      wait_(std::move(wait)),
      may_write_(std::move(may_write)) {}

void Client::Observe(RequestRecord record, Nanos begin_ns) {
  if (!observe_) return;
  record.duration_ns = NowNs() - begin_ns;
  observe_(record);
}

Outcome<HttpResponse> Client::SendOnce(const std::string& type_label, const HttpRequest& request) {
  RequestRecord record{.method = request.method, .type = type_label};
  record.throttled_ns = throttle_ != nullptr ? throttle_->Acquire() : 0;
  const Nanos begin_ns = NowNs();
  if (request.method != "GET" && may_write_ && !may_write_()) {
    record.fenced = true;
    Observe(std::move(record), begin_ns);
    return LocalError(Failure::kFenced, "this process may not write now");
  }
  auto response = transport_->Send(request);
  record.code = response.ok() ? response->status : response.error().code;
  Observe(std::move(record), begin_ns);
  return response;
}

Outcome<HttpResponse> Client::Exchange(const std::string& type_label, const HttpRequest& request) {
  Nanos left_ns = kMaxRetryTotalNs;
  for (int retries = 0;; ++retries) {
    auto response = SendOnce(type_label, request);
    if (!response.ok()) return response;
    const int status = response->status;
    if (status >= 200 && status < 300) return response;
    const Nanos wait_ns = response->retry_after_ns;
    const bool again = (status == 429 || status >= 500) && wait_ns > 0 &&
                       wait_ns <= std::min(kMaxRetryWaitNs, left_ns) && retries < kMaxRetries &&
                       wait_;
    if (!again) return DecodeStatus(*response);
    left_ns -= wait_ns;
    if (!wait_(wait_ns)) {
      return LocalError(Failure::kCancelled,
                        "stopped while waiting to try again as the server asked");
    }
  }
}

Outcome<Json> Client::ExchangeJson(const std::string& type_label, const HttpRequest& request) {
  auto response = Exchange(type_label, request);
  if (!response.ok()) return response.error();
  auto object = ParseJsonObject(response->body);
  if (!object) {
    return Malformed(
        response->status,
        fmt::format("the answer to {} is no JSON object that can be read", request.method));
  }
  return std::move(*object);
}

Outcome<Json> Client::Get(const ResourceType& type, std::string_view name_space,
                          std::string_view name) {
  if (auto refused = Refuse(type, name_space, name)) return *refused;
  return ExchangeJson(type.plural, WithoutBody(ResourcePath(type, name_space, name)));
}

Outcome<ObjectList> Client::ListOnce(const ResourceType& type, std::string_view name_space,
                                     const Selector& selector) {
  ObjectList list;
  std::string next;
  if (auto refused = RefuseCollection(type, name_space)) return *refused;
  for (std::int64_t page = 0; page < kMaxListPages; ++page) {
    Query query;
    query.Add("labelSelector", selector.labels).Add("fieldSelector", selector.fields);
    query.Add("limit", std::to_string(kListPageSize)).Add("continue", next);
    auto answer =
        ExchangeJson(type.plural, WithoutBody(ResourcePath(type, name_space) + query.text()));
    if (!answer.ok()) return answer.error();
    auto token = TakePage(type, std::move(*answer), &list);
    if (!token.ok()) return token.error();
    if (list.items.size() > kMaxListedObjects)
      return TooManyObjects(type.plural, kMaxListedObjects);
    if (token->empty()) return list;
    next = std::move(*token);
  }
  return Malformed(
      200, fmt::format("the list of {} has more than {} pages", type.plural, kMaxListPages));
}

Outcome<ObjectList> Client::List(const ResourceType& type, std::string_view name_space,
                                 const Selector& selector) {
  auto list = ListOnce(type, name_space, selector);
  // The state that the pages are cut from was compacted in between.
  if (!list.ok() && list.error().failure == Failure::kGone)
    list = ListOnce(type, name_space, selector);
  return list;
}

Outcome<Json> Client::Create(const ResourceType& type, std::string_view name_space,
                             const Json& object) {
  if (auto refused = Refuse(type, name_space, "-")) return *refused;
  return ExchangeJson(type.plural,
                      WithBody("POST", ResourcePath(type, name_space), kJsonType, object));
}

Outcome<Json> Client::Update(const ResourceType& type, const Json& object,
                             std::string_view subresource) {
  const Json& metadata = ObjectMember(object, "metadata");
  const std::string name_space = TextMember(metadata, "namespace");
  const std::string name = TextMember(metadata, "name");
  if (auto refused = Refuse(type, name_space, name)) return *refused;
  return ExchangeJson(
      LabelOf(type, subresource),
      WithBody("PUT", ResourcePath(type, name_space, name, subresource), kJsonType, object));
}

Outcome<Json> Client::MergePatch(const ResourceType& type, std::string_view name_space,
                                 std::string_view name, const Json& patch,
                                 std::string_view subresource) {
  if (auto refused = Refuse(type, name_space, name)) return *refused;
  return ExchangeJson(LabelOf(type, subresource),
                      WithBody("PATCH", ResourcePath(type, name_space, name, subresource),
                               "application/merge-patch+json", patch));
}

Outcome<Json> Client::Apply(const ResourceType& type, const Json& object,
                            std::string_view field_manager, std::string_view subresource) {
  const Json& metadata = ObjectMember(object, "metadata");
  const std::string name_space = TextMember(metadata, "namespace");
  const std::string name = TextMember(metadata, "name");
  if (auto refused = Refuse(type, name_space, name)) return *refused;
  Query query;
  query.Add("fieldManager", field_manager).Add("force", "true");
  Json whole = object;  // the server insists on both
  FillInKind(type, &whole);
  // JSON is YAML.
  return ExchangeJson(
      LabelOf(type, subresource),
      WithBody("PATCH", ResourcePath(type, name_space, name, subresource) + query.text(),
               "application/apply-patch+yaml", whole));
}

Outcome<Done> Client::Delete(const ResourceType& type, std::string_view name_space,
                             std::string_view name, const DeleteOptions& options) {
  if (auto refused = Refuse(type, name_space, name)) return *refused;
  Json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!options.propagation.empty()) body["propagationPolicy"] = options.propagation;
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  if (options.grace_seconds) body["gracePeriodSeconds"] = *options.grace_seconds;
  auto response = Exchange(
      type.plural, WithBody("DELETE", ResourcePath(type, name_space, name), kJsonType, body));
  if (!response.ok()) return response.error();
  return Done{};
}

Outcome<std::unique_ptr<LineStream>> Client::Watch(const ResourceType& type,
                                                   std::string_view name_space,
                                                   const Selector& selector,
                                                   std::string_view resource_version,
                                                   std::int64_t timeout_seconds) {
  if (auto refused = RefuseCollection(type, name_space)) return *refused;
  Query query;
  query.Add("labelSelector", selector.labels).Add("fieldSelector", selector.fields);
  query.Add("watch", "true").Add("allowWatchBookmarks", "true");
  query.Add("resourceVersion", resource_version);
  query.Add("timeoutSeconds", std::to_string(timeout_seconds));
  RequestRecord record{.method = "WATCH", .type = type.plural};
  record.throttled_ns = throttle_ != nullptr ? throttle_->Acquire() : 0;
  const Nanos begin_ns = NowNs();
  auto stream = transport_->Open(WithoutBody(ResourcePath(type, name_space) + query.text()),
                                 timeout_seconds * kSecond + kWatchIdleSlackNs);
  record.code = stream.ok() ? 200 : stream.error().code;
  Observe(std::move(record), begin_ns);
  return stream;
}

}  // namespace clockwork::kube
