#include "operator/kube/outage_log.h"

#include "images/common/base/clock.h"

namespace clockwork::kube {

OutageLog::OutageLog(OperatorLog* log, std::function<Nanos()> now)
    : log_(log), now_(now ? std::move(now) : NowNs) {}

bool IsOutage(Failure failure) {
  switch (failure) {
    case Failure::kConnect:
    case Failure::kTls:
    case Failure::kTimeout:
    case Failure::kCut:
    case Failure::kUnauthorized:
    case Failure::kTooManyRequests:
    case Failure::kServer:
      return true;
    default:
      return false;
  }
}

void OutageLog::Began(const std::string& who, const ApiError& error) {
  const std::scoped_lock lock(mutex_);
  const bool first = affected_.empty();
  if (!affected_.insert(who).second) return;
  ++ever_affected_;
  if (!first) return;
  ever_affected_ = 1;
  begin_ns_ = now_();
  told_ = !end_ns_ || begin_ns_ - *end_ns_ > kQuietNs;
  if (!told_) return;
  log_->Warning("the API server does not answer as it should; trying on",
                {{"first", who}, {"error", Describe(error)}});
}

void OutageLog::Ended(const std::string& who) {
  const std::scoped_lock lock(mutex_);
  if (affected_.erase(who) != 0 && affected_.empty()) End();
}

void OutageLog::Answered() {
  const std::scoped_lock lock(mutex_);
  if (affected_.empty()) return;
  affected_.clear();
  End();
}

void OutageLog::End() {
  end_ns_ = now_();
  if (!told_) return;
  log_->Info("the API server answers again",
             {{"after_ms", std::to_string((*end_ns_ - begin_ns_) / kMillisecond)},
              {"affected", std::to_string(ever_affected_)}});
}

}  // namespace clockwork::kube
