#pragma once

// One API server that does not answer is one outage, however many watches and requests meet it:
// told once when the first of them fails, and once when the last of them works again. Thread-safe.

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "images/common/base/time.h"
#include "operator/kube/api_error.h"
#include "operator/kube/operator_log.h"

namespace clockwork::kube {

// The server, or the way to it, is not there. (A refusal is an answer.)
bool IsOutage(Failure failure);

// An outage that begins this soon after the last one ended is not told again, nor is its end.
inline constexpr Nanos kQuietNs = 10 * kSecond;

class OutageLog {
 public:
  // `log` must outlive this. `now` empty: NowNs.
  explicit OutageLog(OperatorLog* log, std::function<Nanos()> now = {});

  // `who` cannot do what it does, and tries on. Repeating it changes nothing.
  void Began(const std::string& who, const ApiError& error);
  // `who` can again, or has given up asking.
  void Ended(const std::string& who);
  // The server has answered somebody: whoever has not noticed yet will.
  void Answered();

 private:
  void End();

  OperatorLog* log_;
  std::function<Nanos()> now_;
  std::mutex mutex_;  // guards all below
  std::set<std::string> affected_;
  std::size_t ever_affected_ = 0;  // in this outage
  Nanos begin_ns_ = 0;
  std::optional<Nanos> end_ns_;  // of the outage before
  bool told_ = false;            // the one that lasts
};

}  // namespace clockwork::kube
