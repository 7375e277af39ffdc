#include "tests/support/fake_api/fault_rules.h"

#include <algorithm>
#include <string_view>

namespace clockwork::testing {
namespace {

bool SameOrSubresource(std::string_view resource, std::string_view of) {
  return resource.starts_with(of) && (resource.size() == of.size() || resource[of.size()] == '/');
}

Effect Of(Effect::Kind kind, int count = 0) {
  Effect effect;
  effect.kind = kind;
  effect.count = count;
  return effect;
}

}  // namespace

std::string RbacVerb(const Call& call) {
  if (call.verb == "GET") return "get";
  if (call.verb == "LIST") return "list";
  if (call.verb == "WATCH") return "watch";
  if (call.verb == "POST") return "create";
  if (call.verb == "PUT") return "update";
  if (call.verb == "PATCH") return "patch";
  if (call.verb == "DELETECOLLECTION") return "deletecollection";
  return "delete";
}

OnCall::OnCall(std::string verb, std::string resource)
    : verb_(std::move(verb)), resource_(std::move(resource)) {}

OnCall& OnCall::Nth(int n) {
  first_ = n;
  last_ = n;
  return *this;
}

OnCall& OnCall::From(int n) {
  first_ = n;
  return *this;
}

OnCall& OnCall::Times(int count) {
  times_left_ = count;
  return *this;
}

OnCall& OnCall::Every(int nth) {
  every_ = nth;
  return *this;
}

OnCall& OnCall::Named(std::string name) {
  name_ = std::move(name);
  return *this;
}

OnCall& OnCall::InNamespace(std::string name_space) {
  name_space_ = std::move(name_space);
  return *this;
}

OnCall& OnCall::By(std::string user_agent_part) {
  user_agent_part_ = std::move(user_agent_part);
  return *this;
}

OnCall& OnCall::Except(std::string resource) {
  except_.push_back(std::move(resource));
  return *this;
}

OnCall& OnCall::Probability(double p, std::uint32_t seed) {
  probability_ = p;
  random_.seed(seed);
  return *this;
}

bool OnCall::Matches(const Call& call) const {
  if (verb_ == "WRITE" ? !call.IsWrite() : verb_ != "*" && verb_ != call.verb) return false;
  if (resource_ != "*" && resource_ != call.resource) return false;
  if (!name_.empty() && name_ != call.name) return false;
  if (!name_space_.empty() && name_space_ != call.name_space) return false;
  if (call.user_agent.find(user_agent_part_) == std::string::npos) return false;
  return std::none_of(except_.begin(), except_.end(), [&call](const std::string& resource) {
    return SameOrSubresource(call.resource, resource);
  });
}

bool OnCall::Fires(const Call& call) {
  if (!Matches(call)) return false;
  ++matched_;
  if (matched_ < first_ || (last_ != 0 && matched_ > last_) || matched_ % every_ != 0) return false;
  // Drawn from the raw numbers: the standard's distributions differ between libraries.
  const double drawn = static_cast<double>(random_() - std::minstd_rand::min()) /
                       static_cast<double>(std::minstd_rand::max() - std::minstd_rand::min() + 1);
  if (drawn >= probability_ || times_left_ == 0) return false;
  if (times_left_ > 0) --times_left_;
  return true;
}

void Gate::Open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  for (const auto& waker : wakers_) waker->Wake();
  wakers_.clear();
}

bool Gate::is_open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

bool Gate::WaitUntilReached(int count, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return reached_changed_.wait_for(lock, patience, [&] { return reached_ >= count; });
}

void Gate::Reach(std::shared_ptr<Waker> waker) {
  const std::lock_guard lock(mutex_);
  ++reached_;
  wakers_.push_back(std::move(waker));
  reached_changed_.notify_all();
}

Effect AnswerWith(int code, std::string reason, std::string message) {
  Effect effect = Of(Effect::Kind::kAnswer);
  effect.code = code;
  effect.reason = std::move(reason);
  effect.message = std::move(message);
  return effect;
}

Effect Unauthorized() { return AnswerWith(401, "Unauthorized", "Unauthorized"); }
Effect Forbidden(std::string message) { return AnswerWith(403, "Forbidden", std::move(message)); }
Effect NotFound() { return AnswerWith(404, "NotFound", "not found by a rule of the test"); }
Effect Conflict() {
  return AnswerWith(409, "Conflict",
                    "Operation cannot be fulfilled: the object has been modified; please apply "
                    "your changes to the latest version and try again");
}
Effect AlreadyExists() { return AnswerWith(409, "AlreadyExists", "object already exists"); }
Effect Gone() { return AnswerWith(410, "Expired", "too old resource version"); }
Effect Invalid(std::string message) { return AnswerWith(422, "Invalid", std::move(message)); }
Effect TooManyRequests(int retry_after_seconds) {
  Effect effect = AnswerWith(429, "TooManyRequests", "too many requests, please try again later");
  effect.retry_after_seconds = retry_after_seconds;
  return effect;
}
Effect ServerError() {
  return AnswerWith(500, "InternalError", "Internal error occurred: a rule of the test");
}
Effect Unavailable() {
  return AnswerWith(503, "ServiceUnavailable",
                    "the server is currently unable to handle the request");
}

Effect HoldUntil(GatePtr gate) {
  Effect effect = Of(Effect::Kind::kHold);
  effect.gate = std::move(gate);
  return effect;
}
Effect HoldAnswerUntil(GatePtr gate) {
  Effect effect = Of(Effect::Kind::kHoldAnswer);
  effect.gate = std::move(gate);
  return effect;
}
Effect DropBefore() { return Of(Effect::Kind::kDropBefore); }
Effect DropAfter() { return Of(Effect::Kind::kDropAfter); }
Effect Truncate(int bytes) { return Of(Effect::Kind::kTruncate, bytes); }
Effect Slow(std::chrono::milliseconds per_byte) {
  Effect effect = Of(Effect::Kind::kSlow);
  effect.interval = per_byte;
  return effect;
}
Effect CutWatch(int after_events) { return Of(Effect::Kind::kCutWatch, after_events); }
Effect EndWatch(int after_events) { return Of(Effect::Kind::kEndWatch, after_events); }
Effect ExpireWatch(int after_events) { return Of(Effect::Kind::kExpireWatch, after_events); }
Effect DuplicateEvents() { return Of(Effect::Kind::kDuplicateEvents); }
Effect ReorderEvents() { return Of(Effect::Kind::kReorderEvents); }
Effect Stale(int writes_ago) { return Of(Effect::Kind::kStaleList, writes_ago); }

RuleBook::Id RuleBook::Add(OnCall on, Effect effect) {
  rules_.push_back({++last_id_, std::move(on), std::move(effect)});
  return last_id_;
}

void RuleBook::Remove(Id id) {
  std::erase_if(rules_, [id](const Rule& rule) { return rule.id == id; });
}

std::optional<Effect> RuleBook::Decide(const Call& call) {
  std::optional<Effect> decided;
  for (Rule& rule : rules_) {
    if (rule.on.Fires(call) && !decided) decided = rule.effect;
  }
  return decided;
}

}  // namespace clockwork::testing
