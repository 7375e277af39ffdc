#pragma once

// Which calls something happens to, and what: the vocabulary of a test against a FakeApiServer.
//
//   server.Fail(OnCall{"PATCH", "scalabilityexperiments/status"}.Nth(3), Conflict());
//   server.Fail(OnCall{"WRITE", "*"}.Except("leases").Probability(0.1, 7), ServerError());
//   server.Fail(OnCall{"WATCH", "pods"}.Times(2), CutWatch(1));
//   auto gate = MakeGate();
//   server.Fail(OnCall{"POST", "pods"}.Nth(1), HoldUntil(gate));  ...  gate->Open();

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_api/call.h"
#include "tests/support/fake_api/waker.h"
#include "tests/support/process.h"

namespace clockwork::testing {

// Matches calls. Every rule counts the calls it matches from the moment it is added.
class OnCall {
 public:
  // `verb` as in Call, "*" for all, "WRITE" for POST, PUT, PATCH and DELETE. `resource`: plural,
  // with
  // "/status" for the subresource; "*" for all with their subresources.
  OnCall(std::string verb, std::string resource);

  OnCall& Nth(int n);        // only the n-th match; 1 is the first
  OnCall& From(int n);       // the n-th match and all after it
  OnCall& Times(int count);  // at most so many, and then never again
  OnCall& Every(int nth);    // each nth match: Every(2) is the second, the fourth, ...
  OnCall& Named(std::string name);
  OnCall& InNamespace(std::string name_space);
  OnCall& By(std::string user_agent_part);  // only callers whose User-Agent holds this
  OnCall& Except(std::string resource);     // may be repeated; covers its subresources
  // Each match with this probability, drawn from the seed.
  OnCall& Probability(double p, std::uint32_t seed);

  // Whether the call is one of those; does not count.
  bool Matches(const Call& call) const;
  // Counts the call if it matches; whether the rule acts on it.
  bool Fires(const Call& call);

 private:
  std::string verb_;
  std::string resource_;
  std::vector<std::string> except_;
  std::string name_;
  std::string name_space_;
  std::string user_agent_part_;
  int first_ = 1;
  int last_ = 0;  // 0: no last
  int every_ = 1;
  int times_left_ = -1;  // -1: no limit
  double probability_ = 1;
  std::minstd_rand random_;
  int matched_ = 0;
};

// Where calls wait until the test lets them go on. Thread-safe.
class Gate {
 public:
  // Lets all that wait go on, and later ones pass.
  void Open();
  bool is_open() const;
  // Blocks until `count` calls have come to the gate; false at the deadline.
  bool WaitUntilReached(int count = 1, std::chrono::milliseconds patience = kPatience);

  // The server's side: a call came; `waker` is woken when the gate opens.
  void Reach(std::shared_ptr<Waker> waker);

 private:
  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable reached_changed_;
  bool open_ = false;
  int reached_ = 0;
  std::vector<std::shared_ptr<Waker>> wakers_;
};
using GatePtr = std::shared_ptr<Gate>;
inline GatePtr MakeGate() { return std::make_shared<Gate>(); }

struct Effect {
  enum class Kind {
    kAnswer,           // `code`, `reason`, `message`, `retry_after_seconds`; nothing is executed
    kHold,             // executed when `gate` opens
    kHoldAnswer,       // executed; the answer goes when `gate` opens
    kDropBefore,       // connection reset, nothing executed
    kDropAfter,        // executed, connection reset without an answer
    kTruncate,         // executed; the body, cut after `count` bytes, with a fitting Content-Length
    kSlow,             // executed; the answer goes byte by byte, one each `interval`
    kCutWatch,         // the watch ends after `count` events, in the middle of the next one's line
    kEndWatch,         // the watch ends in order after `count` events
    kExpireWatch,      // after `count` events an ERROR event with code 410 comes, then the end
    kDuplicateEvents,  // the watch says each event twice
    kReorderEvents,    // the watch swaps the 1st and the 2nd event, the 3rd and the 4th, ...
    kStaleList,        // the list (or object) as it was `count` writes ago
  };
  Kind kind = Kind::kAnswer;
  int code = 0;
  std::string reason;
  std::string message;
  int retry_after_seconds = 0;
  GatePtr gate = nullptr;
  int count = 0;
  std::chrono::milliseconds interval{0};
};

Effect AnswerWith(int code, std::string reason, std::string message);
Effect Unauthorized();
Effect Forbidden(std::string message = "refused by a rule of the test");
Effect NotFound();
Effect Conflict();
Effect AlreadyExists();
Effect Gone();
Effect Invalid(std::string message = "refused by a rule of the test");
Effect TooManyRequests(int retry_after_seconds);
Effect ServerError();
Effect Unavailable();
Effect HoldUntil(GatePtr gate);
Effect HoldAnswerUntil(GatePtr gate);
Effect DropBefore();
Effect DropAfter();
Effect Truncate(int bytes);
Effect Slow(std::chrono::milliseconds per_byte);
Effect CutWatch(int after_events);
Effect EndWatch(int after_events);
Effect ExpireWatch(int after_events);
Effect DuplicateEvents();
Effect ReorderEvents();
Effect Stale(int writes_ago);

// Rules in the order of their addition. Not thread-safe.
class RuleBook {
 public:
  using Id = std::uint64_t;
  Id Add(OnCall on, Effect effect);
  void Remove(Id id);
  void Clear() { rules_.clear(); }
  // Counts the call with every rule; the effect of the first that fires.
  std::optional<Effect> Decide(const Call& call);

 private:
  struct Rule {
    Id id;
    OnCall on;
    Effect effect;
  };
  std::vector<Rule> rules_;
  Id last_id_ = 0;
};

}  // namespace clockwork::testing
