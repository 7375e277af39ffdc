#pragma once

// Tells people what happened to an object, as core/v1 Events (kubectl describe shows them). Record
// never blocks and never fails: Events are a courtesy, whatever must not be lost is in a status.
// A thread of its own writes them; what does not fit into its queue is dropped and counted.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "operator/kube/backoff.h"
#include "operator/kube/client.h"
#include "operator/kube/event_correlator.h"
#include "operator/kube/operator_log.h"

namespace clockwork::kube {

inline constexpr std::size_t kMaxQueuedEvents = 1000;
inline constexpr int kEventTries = 12;
inline constexpr Nanos kMaxEventWaitNs = 60 * kSecond;  // between two of them, whatever is asked

// Where Events go. Used by one thread; calls block.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual Outcome<Json> Get(std::string_view name_space, std::string_view name) = 0;
  virtual Outcome<Json> Create(std::string_view name_space, const Json& event) = 0;
  virtual Outcome<Json> Patch(std::string_view name_space, std::string_view name,
                              const Json& patch) = 0;
};

class ClientEventSink : public EventSink {
 public:
  explicit ClientEventSink(Client* client) : client_(client) {}  // must outlive this
  Outcome<Json> Get(std::string_view name_space, std::string_view name) override;
  Outcome<Json> Create(std::string_view name_space, const Json& event) override;
  Outcome<Json> Patch(std::string_view name_space, std::string_view name,
                      const Json& patch) override;

 private:
  Client* client_;
};

// Brings one Event to the server with as few requests as possible; an Event that exists already is
// counted up, unless it is this very write. Answers with the server's count. One try.
Outcome<std::int64_t> WriteEvent(EventSink* sink, const EventWrite& write,
                                 std::string_view component, std::string_view instance);

struct EventRecorderOptions {
  std::string component;  // "clockwork-operator"
  std::string instance;   // this process: the pod's name
  // Between tries of one Event.
  BackoffPolicy retry = {.first_ns = kSecond, .cap_ns = 10 * kSecond};
  RandomFraction random = {};        // empty: SystemRandom()
  std::function<Nanos()> wall = {};  // empty: NowNs
  // Told once that Events are refused, until one is written again; may be null.
  OperatorLog* log = nullptr;
};

struct EventCounters {
  std::uint64_t recorded = 0;
  std::uint64_t written = 0;
  std::uint64_t suppressed = 0;  // by the correlator
  std::uint64_t dropped = 0;     // the queue was full, or the recorder stopped
  std::uint64_t failed = 0;      // refused, or kEventTries in vain
};

class EventRecorder {
 public:
  EventRecorder(EventRecorderOptions options, EventSink* sink);  // `sink` must outlive this
  ~EventRecorder();                                              // Stop(0)
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  void Start();
  // Any thread. Never blocks.
  void Record(HappenedEvent event);
  // Writes what is queued, one try each, until `flush_ns` has passed; drops the rest. A request
  // under way ends with its transport.
  void Stop(Nanos flush_ns);
  EventCounters counters() const;

 private:
  struct Queued {
    HappenedEvent event;
    Nanos wall_ns = 0;  // when it happened
  };

  void Run();
  // The next one; nothing when it is time to end.
  std::optional<Queued> Take();
  void Write(const EventWrite& write);
  // False when stopped meanwhile.
  bool WaitFor(Nanos wait_ns);
  void Count(std::uint64_t EventCounters::*counter);
  void TellRefusal(const ApiError& error);

  EventRecorderOptions options_;
  EventSink* sink_;
  EventCorrelator correlator_;  // of the thread alone
  bool refused_ = false;        // of the thread alone: the log was told

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Queued> queue_;
  bool stopping_ = false;
  Nanos flush_until_ns_ = 0;
  EventCounters counters_;
  std::thread thread_;
};

}  // namespace clockwork::kube
