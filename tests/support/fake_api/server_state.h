#pragma once

// What a FakeApiServer knows, and how it decides on a request. No sockets. Everything but `mutex`
// and `changed` is guarded by `mutex`.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_api/answer.h"
#include "tests/support/fake_api/fake_api_server.h"
#include "tests/support/fake_api/fault_rules.h"
#include "tests/support/fake_api/http_message.h"
#include "tests/support/fake_api/object_api.h"
#include "tests/support/fake_api/object_store.h"
#include "tests/support/fake_api/target.h"
#include "tests/support/fake_api/watch_stream.h"

namespace clockwork::testing {

// A request on its way to its answer.
struct Exchange {
  HttpMessage request;
  Target target;
  Call call;
  std::optional<Effect> effect;
  bool answered = false;  // `answer` or `watch` is set
  bool drop = false;      // break the connection instead of answering
  Answer answer;
  std::unique_ptr<WatchStream> watch;
  std::int64_t watch_timeout_seconds = 0;
};

class ServerState {
 public:
  explicit ServerState(FakeApiOptions wanted);

  // Writes the request into the log and lets the rules decide: sets `answered` or `drop` when
  // nothing is to be executed.
  Exchange Begin(HttpMessage request);
  // Executes it, with the hooks around; `lock` is released while a hook runs.
  void Execute(Exchange* exchange, std::unique_lock<std::mutex>* lock);
  // Writes the code that was answered into the log.
  void Finish(const Exchange& exchange);
  // To be called after changes: collects garbage, tells waiters.
  void Settle();
  // Tells waiters to look again.
  void Touch();

  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t change_count = 0;  // what `changed` is about
  FakeApiOptions options;
  ObjectStore store;
  ObjectApi api;
  RuleBook rules;
  struct HookRule {
    Moment moment;
    OnCall on;
    Hook hook;
  };
  std::vector<std::shared_ptr<HookRule>> hooks;
  std::vector<Call> log;

 private:
  bool RunHooks(Moment moment, const Call& call, std::unique_lock<std::mutex>* lock);
  void Dispatch(Exchange* exchange);
  void OpenWatch(Exchange* exchange);
  Answer Read(const Exchange& exchange);
  Answer Write(const Exchange& exchange);
  Answer PatchObject(const Exchange& exchange, const Place& place);
  Answer DeleteCollection(const Exchange& exchange, const nlohmann::json& options_body);

  std::uint64_t last_sequence_ = 0;
  std::uint64_t collected_version_ = 0;  // garbage was looked for at this version
};

inline constexpr std::int64_t kDefaultWatchSeconds = 1800;

}  // namespace clockwork::testing
