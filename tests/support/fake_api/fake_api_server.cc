#include "tests/support/fake_api/fake_api_server.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "tests/support/fake_api/call_record.h"
#include "tests/support/fake_api/loop.h"
#include "tests/support/fake_api/selector.h"

namespace clockwork::testing {
namespace {

StoreEvent EventOf(const Change& change) {
  if (change.after == nullptr) {
    return {StoreEvent::Type::kDeleted, change.version, *change.before};
  }
  return {change.before == nullptr ? StoreEvent::Type::kAdded : StoreEvent::Type::kModified,
          change.version, *change.after};
}

const ResourceKind& KindOf(const ServerState& state, std::string_view resource) {
  const ResourceKind* kind = FindKind(state.options.kinds, resource);
  if (kind == nullptr) {
    fmt::print(stderr, "FakeApiServer serves no {}\n", resource);
    std::abort();
  }
  return *kind;
}

}  // namespace

FakeApiServer::FakeApiServer(FakeApiOptions options)
    : loop_(std::make_unique<Loop>(std::move(options))) {}

FakeApiServer::~FakeApiServer() { RecordCalls(Log()); }

std::uint16_t FakeApiServer::port() const { return loop_->port(); }

std::string FakeApiServer::url() const {
  return fmt::format("{}://127.0.0.1:{}", loop_->tls() != nullptr ? "https" : "http", port());
}

std::string FakeApiServer::KubeconfigText() const {
  const std::lock_guard lock(loop_->state().mutex);
  const std::string& token = loop_->state().options.token;
  Json cluster = {{"server", url()}};
  if (loop_->tls() != nullptr)
    cluster["certificate-authority-data"] = loop_->tls()->AuthorityData();
  return Json{
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"clusters", {{{"name", "fake"}, {"cluster", cluster}}}},
      {"users",
       {{{"name", "fake"}, {"user", token.empty() ? Json::object() : Json{{"token", token}}}}}},
      {"contexts", {{{"name", "fake"}, {"context", {{"cluster", "fake"}, {"user", "fake"}}}}}},
      {"current-context", "fake"}}
      .dump(2);
}

Json FakeApiServer::Put(Json object) {
  ServerState& state = loop_->state();
  const std::lock_guard lock(state.mutex);
  const Object stored = state.api.ForcePut(std::move(object));
  if (stored == nullptr) {
    fmt::print(stderr, "FakeApiServer::Put: a kind that is not served\n");
    std::abort();
  }
  state.Settle();
  loop_->Wake();
  return *stored;
}

std::optional<Json> FakeApiServer::Get(std::string_view resource, std::string_view name_space,
                                       std::string_view name) const {
  ServerState& state = loop_->state();
  const std::lock_guard lock(state.mutex);
  const Object found = state.store.Find(KeyOf(KindOf(state, resource), name_space, name));
  if (found == nullptr) return std::nullopt;
  return *found;
}

std::vector<Json> FakeApiServer::List(std::string_view resource, std::string_view name_space,
                                      std::string_view label_selector) const {
  ServerState& state = loop_->state();
  const std::lock_guard lock(state.mutex);
  const ObjectKey scope = KeyOf(KindOf(state, resource), name_space, "");
  const auto selector = Selector::Labels(label_selector);
  std::vector<Json> objects;
  if (!selector) return objects;
  const auto present = state.store.At(state.store.version(), scope.resource, scope.name_space);
  for (const Object& object : *present) {
    if (selector->Matches(*object)) objects.push_back(*object);
  }
  return objects;
}

bool FakeApiServer::Edit(std::string_view resource, std::string_view name_space,
                         std::string_view name, const std::function<void(Json*)>& change) {
  ServerState& state = loop_->state();
  const std::lock_guard lock(state.mutex);
  const Object found = state.store.Find(KeyOf(KindOf(state, resource), name_space, name));
  if (found == nullptr) return false;
  Json object = *found;
  change(&object);
  if (object != *found) state.api.ForcePut(std::move(object));
  state.Settle();
  loop_->Wake();
  return true;
}

bool FakeApiServer::Delete(std::string_view resource, std::string_view name_space,
                           std::string_view name) {
  ServerState& state = loop_->state();
  const std::lock_guard lock(state.mutex);
  const Place place{&KindOf(state, resource), std::string(name_space), std::string(name), ""};
  const bool deleted = state.api.Delete(place, nullptr).ok();
  state.Settle();
  loop_->Wake();
  return deleted;
}

bool FakeApiServer::Remove(std::string_view resource, std::string_view name_space,
                           std::string_view name) {
  ServerState& state = loop_->state();
  const std::lock_guard lock(state.mutex);
  const bool removed = state.api.ForceRemove(KeyOf(KindOf(state, resource), name_space, name));
  state.Settle();
  loop_->Wake();
  return removed;
}

std::uint64_t FakeApiServer::resource_version() const {
  const std::lock_guard lock(loop_->state().mutex);
  return loop_->state().store.version();
}

std::optional<std::vector<StoreEvent>> FakeApiServer::WaitForEvents(
    std::string_view resource, std::uint64_t version, const std::function<bool()>& stop) const {
  ServerState& state = loop_->state();
  std::unique_lock lock(state.mutex);
  const std::string wanted = KeyOf(KindOf(state, resource), "", "").resource;
  std::vector<StoreEvent> events;
  while (true) {
    if (!state.store.Knows(version)) return std::nullopt;
    for (auto change = state.store.ChangesAfter(version); change != state.store.ChangesEnd();
         ++change) {
      if (change->key.resource == wanted) events.push_back(EventOf(*change));
    }
    if (!events.empty() || stop()) return events;
    version = std::max(version, state.store.version());
    const std::uint64_t seen = state.change_count;
    state.changed.wait(lock, [&] { return state.change_count != seen; });
  }
}

void FakeApiServer::Notify() const {
  const std::lock_guard lock(loop_->state().mutex);
  loop_->state().Touch();
}

bool FakeApiServer::WaitUntil(const std::function<bool()>& condition,
                              std::chrono::milliseconds patience) const {
  ServerState& state = loop_->state();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    std::unique_lock lock(state.mutex);
    const std::uint64_t seen = state.change_count;
    lock.unlock();
    if (condition()) return true;
    lock.lock();
    if (!state.changed.wait_until(lock, deadline, [&] { return state.change_count != seen; })) {
      return false;
    }
  }
}

RuleBook::Id FakeApiServer::Fail(OnCall on, Effect effect) {
  const std::lock_guard lock(loop_->state().mutex);
  return loop_->state().rules.Add(std::move(on), std::move(effect));
}

void FakeApiServer::Forget(RuleBook::Id rule) {
  const std::lock_guard lock(loop_->state().mutex);
  loop_->state().rules.Remove(rule);
}

void FakeApiServer::ForgetAll() {
  const std::lock_guard lock(loop_->state().mutex);
  loop_->state().rules.Clear();
  loop_->state().hooks.clear();
}

void FakeApiServer::AddHook(Moment moment, OnCall on, Hook hook) {
  const std::lock_guard lock(loop_->state().mutex);
  loop_->state().hooks.push_back(std::make_shared<ServerState::HookRule>(
      ServerState::HookRule{moment, std::move(on), std::move(hook)}));
}

void FakeApiServer::ReplaceToken(std::string token) {
  const std::lock_guard lock(loop_->state().mutex);
  loop_->state().options.token = std::move(token);
}

void FakeApiServer::Pause() {
  const std::lock_guard lock(loop_->state().mutex);
  loop_->set_paused(true);
  loop_->Wake();
}

void FakeApiServer::Resume() {
  const std::lock_guard lock(loop_->state().mutex);
  loop_->set_paused(false);
  loop_->Wake();
}

void FakeApiServer::PresentCertificate(ServerCertificate which, std::size_t refusals) {
  loop_->Run([this, which, refusals] { loop_->PresentCertificate(which, refusals); });
}

std::size_t FakeApiServer::refused_handshakes() const {
  const std::lock_guard lock(loop_->state().mutex);
  return loop_->tls() != nullptr ? loop_->tls()->refused() : 0;
}

void FakeApiServer::StopListening() {
  loop_->Run([this] { loop_->StopListening(); });
}

void FakeApiServer::StartListening() {
  loop_->Run([this] { loop_->StartListening(); });
}

void FakeApiServer::CompactHistory() {
  const std::lock_guard lock(loop_->state().mutex);
  loop_->state().store.Compact();
}

void FakeApiServer::CutWatches() {
  loop_->Run([this] { loop_->CutWatches(); });
}

void FakeApiServer::SendBookmarks() {
  loop_->Run([this] { loop_->SendBookmarks(); });
}

std::vector<Call> FakeApiServer::Log() const {
  const std::lock_guard lock(loop_->state().mutex);
  return loop_->state().log;
}

void FakeApiServer::ClearLog() {
  RecordCalls(Log());
  const std::lock_guard lock(loop_->state().mutex);
  loop_->state().log.clear();
}

std::size_t FakeApiServer::Count(const OnCall& on) const {
  const std::lock_guard lock(loop_->state().mutex);
  const auto& log = loop_->state().log;
  return static_cast<std::size_t>(
      std::count_if(log.begin(), log.end(), [&on](const Call& call) { return on.Matches(call); }));
}

std::size_t FakeApiServer::open_watches() const {
  const std::lock_guard lock(loop_->state().mutex);
  return loop_->CountWatches();
}

std::size_t FakeApiServer::open_connections() const {
  const std::lock_guard lock(loop_->state().mutex);
  return loop_->CountConnections();
}

}  // namespace clockwork::testing
