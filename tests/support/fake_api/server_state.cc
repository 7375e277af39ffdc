#include "tests/support/fake_api/server_state.h"

#include <utility>

#include "images/common/base/clock.h"
#include "tests/support/fake_api/reads.h"
#include "tests/support/fake_api/selector.h"

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

std::function<Nanos()> ClockOf(const FakeApiOptions& options) {
  return options.now_ns ? options.now_ns : [] { return NowNs(); };
}

std::string VerbOf(const std::string& method, const Target& target) {
  if (method == "GET" && target.kind != nullptr) {
    if (target.Flag("watch")) return "WATCH";
    if (target.name.empty()) return "LIST";
  }
  if (method == "DELETE" && target.kind != nullptr && target.name.empty()) {
    return "DELETECOLLECTION";
  }
  return method;
}

Call Describe(const HttpMessage& request, const Target& target) {
  Call call;
  call.method = request.method;
  call.verb = VerbOf(request.method, target);
  if (target.kind != nullptr) {
    call.resource = target.kind->plural;
    if (!target.subresource.empty()) call.resource += "/" + target.subresource;
    call.group = target.kind->group;
  }
  call.name_space = target.name_space;
  call.name = target.name;
  call.path = target.path;
  call.query = target.query;
  call.user_agent = request.Header("user-agent");
  call.body = request.body;
  return call;
}

}  // namespace

ServerState::ServerState(FakeApiOptions wanted)
    : options(std::move(wanted)),
      store(options.history_changes),
      api(&store, &options.kinds, ClockOf(options)) {}

Exchange ServerState::Begin(HttpMessage request) {
  Exchange exchange;
  auto target = ParseTarget(request.target, options.kinds);
  if (target) exchange.target = *std::move(target);
  exchange.call = Describe(request, exchange.target);
  exchange.call.sequence = ++last_sequence_;
  log.push_back(exchange.call);
  if (!options.token.empty() && request.Header("authorization") != "Bearer " + options.token) {
    exchange.answered = true;
    exchange.answer = Failure(401, "Unauthorized", "Unauthorized");
  } else if ((exchange.effect = rules.Decide(exchange.call))) {
    const Effect& effect = *exchange.effect;
    if (effect.kind == Effect::Kind::kAnswer) {
      exchange.answered = true;
      exchange.answer = Failure(effect.code, effect.reason, effect.message);
      exchange.answer.retry_after_seconds = effect.retry_after_seconds;
      if (effect.retry_after_seconds > 0) {
        exchange.answer.body["details"] = {{"retryAfterSeconds", effect.retry_after_seconds}};
      }
    }
    exchange.drop = effect.kind == Effect::Kind::kDropBefore;
  }
  exchange.request = std::move(request);
  return exchange;
}

bool ServerState::RunHooks(Moment moment, const Call& call, std::unique_lock<std::mutex>* lock) {
  // Copied: a hook may add and clear hooks.
  const auto present = hooks;
  bool proceed = true;
  for (const auto& rule : present) {
    if (rule->moment != moment || !rule->on.Fires(call)) continue;
    lock->unlock();
    const Then then = rule->hook(call);
    lock->lock();
    proceed = proceed && then == Then::kProceed;
  }
  return proceed;
}

void ServerState::Execute(Exchange* exchange, std::unique_lock<std::mutex>* lock) {
  if (!RunHooks(Moment::kBefore, exchange->call, lock)) {
    exchange->drop = true;
    return;
  }
  try {
    Dispatch(exchange);
  } catch (const Json::exception& error) {
    exchange->answer = BadRequestAnswer(error.what());
  }
  exchange->answered = true;
  exchange->call.executed = true;
  exchange->call.code = exchange->watch ? 200 : exchange->answer.code;
  Settle();
  if (!RunHooks(Moment::kAfter, exchange->call, lock)) exchange->drop = true;
  if (exchange->effect && exchange->effect->kind == Effect::Kind::kDropAfter) exchange->drop = true;
}

void ServerState::Finish(const Exchange& exchange) {
  const std::uint64_t first = log.empty() ? last_sequence_ + 1 : log.front().sequence;
  if (exchange.call.sequence >= first) {
    Call& entry = log[exchange.call.sequence - first];
    entry.executed = exchange.call.executed;
    if (exchange.answered) entry.code = exchange.watch ? 200 : exchange.answer.code;
  }
  Touch();
}

void ServerState::Settle() {
  while (options.collect_garbage && collected_version_ != store.version()) {
    collected_version_ = store.version();
    api.CollectGarbage();
  }
  Touch();
}

void ServerState::Touch() {
  ++change_count;
  changed.notify_all();
}

void ServerState::Dispatch(Exchange* exchange) {
  const Target& target = exchange->target;
  const std::string& verb = exchange->call.verb;
  if (target.kind == nullptr) {
    if (target.path == "/healthz" || target.path == "/readyz" || target.path == "/livez") {
      exchange->answer = {200, Json::object(), 0};
    } else if (target.path == "/version") {
      exchange->answer = {
          200, {{"major", "1"}, {"minor", "34"}, {"gitVersion", "v1.34.4-fake"}}, 0};
    } else {
      exchange->answer =
          Failure(404, "NotFound", "the server could not find the requested resource");
    }
  } else if (verb == "WATCH") {
    OpenWatch(exchange);
  } else if (verb == "GET" || verb == "LIST") {
    exchange->answer = Read(*exchange);
  } else {
    exchange->answer = Write(*exchange);
  }
}

Answer ServerState::Read(const Exchange& exchange) {
  std::uint64_t changes_ago = 0;
  if (exchange.effect && exchange.effect->kind == Effect::Kind::kStaleList) {
    changes_ago = static_cast<std::uint64_t>(exchange.effect->count);
  }
  return exchange.target.name.empty() ? ListObjects(store, exchange.target, changes_ago)
                                      : GetObject(store, exchange.target, changes_ago);
}

void ServerState::OpenWatch(Exchange* exchange) {
  const Target& target = exchange->target;
  WatchStream::Scope scope{target.kind, target.name_space, {}};
  if (auto refused = ReadSelector(target, &scope.selector)) {
    exchange->answer = *std::move(refused);
    return;
  }
  if (!target.name.empty()) scope.selector.And(*Selector::Fields("metadata.name=" + target.name));
  const std::string from = target.Parameter("resourceVersion");
  std::optional<std::uint64_t> version;
  if (!from.empty() && from != "0") {
    version = ReadVersion(from);
    if (!version) {
      exchange->answer = BadRequestAnswer("resourceVersion: Invalid value: " + from);
      return;
    }
  }
  const auto timeout = ReadVersion(target.Parameter("timeoutSeconds"));
  exchange->watch_timeout_seconds =
      static_cast<std::int64_t>(timeout.value_or(kDefaultWatchSeconds));
  exchange->watch = std::make_unique<WatchStream>(
      std::move(scope), store, version, target.Flag("allowWatchBookmarks"), exchange->effect);
}

Answer ServerState::Write(const Exchange& exchange) {
  const Target& target = exchange.target;
  const std::string& method = exchange.call.method;
  const Place place{target.kind, target.name_space, target.name, target.subresource};
  if (target.kind->namespaced && target.name_space.empty()) {
    return Failure(405, "MethodNotAllowed",
                   "the server does not allow this method on the "
                   "requested resource");
  }
  const bool binding = target.subresource == "binding" && target.kind->pod_like;
  if (!target.subresource.empty() && !binding &&
      (target.subresource != "status" || !target.kind->status_subresource || method == "DELETE")) {
    return Failure(404, "NotFound", "the server could not find the requested resource");
  }
  if (method == "PATCH" && !target.name.empty()) return PatchObject(exchange, place);
  Json body;
  if (!exchange.request.body.empty()) {
    body = Json::parse(exchange.request.body, nullptr, false);
    if (body.is_discarded()) return BadRequestAnswer("the body is no JSON");
  }
  if (method == "POST" && binding) return api.Bind(place, body);
  if (target.kind->plural == "bindings" && body.is_object()) {
    const std::string pod = body.value("/metadata/name"_json_pointer, "");
    return api.Bind({FindKind(options.kinds, "pods"), target.name_space, pod, ""}, body);
  }
  if (method == "POST" && target.name.empty()) return api.Create(place, std::move(body));
  if (method == "PUT" && !target.name.empty()) return api.Update(place, std::move(body));
  if (method == "DELETE") {
    if (const auto grace = ReadVersion(target.Parameter("gracePeriodSeconds"))) {
      body["gracePeriodSeconds"] = *grace;
    }
    return target.name.empty() ? DeleteCollection(exchange, body) : api.Delete(place, body);
  }
  return Failure(405, "MethodNotAllowed",
                 "the server does not allow this method on the requested resource");
}

Answer ServerState::PatchObject(const Exchange& exchange, const Place& place) {
  const std::string type = exchange.request.Header("content-type");
  const Json patch = Json::parse(exchange.request.body, nullptr, false);
  if (patch.is_discarded()) return BadRequestAnswer("the patch is no JSON");
  if (type.starts_with("application/merge-patch+json")) {
    return api.Patch(place, PatchType::kMerge, patch);
  }
  if (type.starts_with("application/json-patch+json")) {
    return api.Patch(place, PatchType::kJson, patch);
  }
  if (type.starts_with("application/apply-patch+yaml")) {
    if (exchange.target.Parameter("fieldManager").empty()) {
      return InvalidAnswer(*place.kind, place.name, "fieldManager",
                           "Required value: is required for apply patch");
    }
    if (patch.value("/metadata/name"_json_pointer, "") != place.name) {
      return BadRequestAnswer("the name of the object does not match the name on the URL");
    }
    return api.Patch(place, PatchType::kApply, patch);
  }
  return Failure(415, "UnsupportedMediaType",
                 "the body of the request was in an unknown format - accepted media types include: "
                 "application/json-patch+json, application/merge-patch+json, "
                 "application/apply-patch+yaml");
}

Answer ServerState::DeleteCollection(const Exchange& exchange, const Json& options_body) {
  Answer list = ListObjects(store, exchange.target, 0);
  if (!list.ok()) return list;
  for (const Json& item : list.body.at("items")) {
    const std::string name = item.at("metadata").at("name");
    const Answer deleted =
        api.Delete({exchange.target.kind, exchange.target.name_space, name, ""}, options_body);
    if (!deleted.ok()) return deleted;
  }
  return list;
}

}  // namespace clockwork::testing
