#pragma once

// What a reflector does next: list or watch, from where, and when. Pure: results in, steps out.
//
// Rules (numbers and reasons are client-go's reflector's where not said otherwise):
//  * A watch that ends in order, or is cut after kMinWatchNs or after an event, is opened again
//    from the last resourceVersion, at most once per kMinWatchNs. It needs no list.
//  * A watch that ends before kMinWatchNs without an event is a failure: it waits.
//  * 410 or Expired lists again, at once the first time, after a wait when it repeats.
//  * Every other failure waits (backoff.h), and never less than the server's Retry-After (up to
//    kMaxRetryAfterNs).
//  * An error inside the stream that lasts kInStreamErrorNs, and a line that cannot be read, list
//    again: to resume would meet the same bytes.
//  * An outage is told once when it begins and once when it ends.

#include <cstdint>
#include <optional>
#include <string>

#include "images/common/base/time.h"
#include "operator/kube/api_error.h"
#include "operator/kube/backoff.h"

namespace clockwork::kube {

inline constexpr Nanos kMinWatchNs = kSecond;
inline constexpr Nanos kInStreamErrorNs = 60 * kSecond;
// The most that a server's Retry-After can ask for.
inline constexpr Nanos kMaxRetryAfterNs = 120 * kSecond;
// The server ends a watch after a random time in between, so that not all come back at once.
inline constexpr std::int64_t kMinWatchSeconds = 240;
inline constexpr std::int64_t kMaxWatchSeconds = 360;

struct ReflectorStep {
  enum class Action { kList, kWatch };
  Action action = Action::kList;
  Nanos not_before_ns = 0;
  std::string resource_version = {};  // to watch from
  std::int64_t timeout_seconds = 0;   // for the server to end the watch
};

struct ReflectorCounters {
  std::uint64_t lists = 0;  // begun; all but the first are relists
  std::uint64_t list_errors = 0;
  std::uint64_t watches = 0;       // begun
  std::uint64_t watch_errors = 0;  // not opened, cut, or ended by an error event
  std::uint64_t events = 0;        // without bookmarks
};

// Something for the log.
struct OutageNotice {
  bool began = false;              // else it ended
  ApiError error = {};             // why it began
  Nanos duration_ns = 0;           // when it ended
  std::uint64_t failed_tries = 0;  // when it ended
};

class ReflectorState {
 public:
  explicit ReflectorState(RandomFraction random, BackoffPolicy policy = {});

  // What to do now; the same until one of the results below is told.
  const ReflectorStep& next() const { return next_; }

  void OnListed(Nanos now_ns, std::string resource_version);
  void OnListFailed(Nanos now_ns, const ApiError& error);
  void OnWatchOpened(Nanos now_ns);
  void OnWatchNotOpened(Nanos now_ns, const ApiError& error);
  // An object or a bookmark; `resource_version` is the object's (ignored when empty).
  void OnEvent(Nanos now_ns, bool bookmark, std::string resource_version);
  // The stream ended: in order, or with an error of the transport, or by an ERROR event.
  void OnWatchEnded(Nanos now_ns, const std::optional<ApiError>& error);

  // The notice that the last result gave rise to, once.
  std::optional<OutageNotice> TakeNotice();
  const ReflectorCounters& counters() const { return counters_; }
  bool in_outage() const { return outage_since_ns_.has_value(); }
  // The newest error of the outage that lasts; nothing while there is none. A refusal (kForbidden)
  // stays whatever follows, until a list or a watch has succeeded.
  const std::optional<ApiError>& trouble() const { return trouble_; }

 private:
  void Plan(ReflectorStep::Action action, Nanos not_before_ns);
  void Fail(Nanos now_ns, const ApiError& error, ReflectorStep::Action retry);
  void ListAgain(Nanos now_ns, const ApiError& error);
  void TrustWatch(Nanos now_ns);
  void EndOutage(Nanos now_ns);

  RandomFraction random_;
  Backoff backoff_;
  ReflectorStep next_;
  std::string resource_version_;
  Nanos opened_ns_ = 0;
  bool event_seen_ = false;      // in the present watch
  bool expired_before_ = false;  // listed for a 410, and nothing good since
  // The present trouble is with watches that open but do not last: that one opens, or that a list
  // succeeds, is no proof that it is over.
  bool watch_suspect_ = false;
  std::optional<Nanos> in_stream_error_since_ns_;
  std::optional<Nanos> outage_since_ns_;
  std::optional<ApiError> trouble_;
  std::uint64_t failed_tries_ = 0;
  std::optional<OutageNotice> notice_;
  ReflectorCounters counters_;
};

}  // namespace clockwork::kube
