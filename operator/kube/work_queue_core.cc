#include <algorithm>
#include <cmath>

#include "operator/kube/work_queue.h"

namespace clockwork::kube {

WorkQueueCore::WorkQueueCore(WorkQueueLimits limits, WorkQueueObserver* observer)
    : limits_(limits), observer_(observer), tokens_(limits.retry_burst) {}

void WorkQueueCore::Add(Nanos now_ns, const std::string& key) {
  if (shut_down_ || !Admit(key) || !waiting_.insert(key).second) return;
  // While it is worked on it waits unseen; Done makes it ready.
  if (!working_.contains(key)) ready_.push_back({key, now_ns});
  if (observer_ != nullptr) observer_->OnAdd(ready_.size());
}

bool WorkQueueCore::Admit(const std::string& key) {
  if (waiting_.size() + working_.size() + delayed_.size() < limits_.max_keys) return true;
  if (waiting_.contains(key) || working_.contains(key) || delayed_.contains(key)) return true;
  if (observer_ != nullptr) observer_->OnRefused();
  return false;
}

void WorkQueueCore::AddAfter(Nanos now_ns, const std::string& key, Nanos delay_ns) {
  if (shut_down_) return;
  if (delay_ns <= 0) return Add(now_ns, key);
  if (!Admit(key)) return;
  const Nanos due_ns = now_ns + delay_ns;
  const auto [entry, is_new] = delayed_.try_emplace(key, due_ns);
  if (!is_new) {
    if (entry->second <= due_ns) return;
    due_.erase({entry->second, key});
    entry->second = due_ns;
  }
  due_.insert({due_ns, key});
}

Nanos WorkQueueCore::AddAfterFailure(Nanos now_ns, const std::string& key) {
  const int failures = ++failures_[key];
  const double own_ns =
      std::min(std::ldexp(static_cast<double>(limits_.first_failure_ns), failures - 1),
               static_cast<double>(limits_.failure_cap_ns));
  const Nanos delay_ns = std::max(static_cast<Nanos>(own_ns), BucketDelay(now_ns));
  if (observer_ != nullptr) observer_->OnRetry();
  AddAfter(now_ns, key, delay_ns);
  return delay_ns;
}

void WorkQueueCore::Forget(const std::string& key) { failures_.erase(key); }

int WorkQueueCore::failures(const std::string& key) const {
  const auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

std::optional<std::string> WorkQueueCore::Take(Nanos now_ns) {
  if (paused_) return std::nullopt;
  Promote(now_ns);
  if (ready_.empty()) return std::nullopt;
  Ready taken = std::move(ready_.front());
  ready_.pop_front();
  waiting_.erase(taken.key);
  working_[taken.key] = now_ns;
  if (observer_ != nullptr) observer_->OnTake(ready_.size(), now_ns - taken.since_ns);
  return std::move(taken.key);
}

void WorkQueueCore::Done(Nanos now_ns, const std::string& key) {
  const auto worked = working_.find(key);
  if (worked == working_.end()) return;
  if (observer_ != nullptr) observer_->OnDone(now_ns - worked->second);
  working_.erase(worked);
  if (waiting_.contains(key)) ready_.push_back({key, now_ns});
}

Nanos WorkQueueCore::NextWakeNs() const {
  return paused_ || due_.empty() ? kNever : due_.begin()->first;
}

void WorkQueueCore::ShutDown(bool keep_ready) {
  shut_down_ = true;
  delayed_.clear();
  due_.clear();
  if (keep_ready) return;
  ready_.clear();
  waiting_.clear();
}

WorkQueueStats WorkQueueCore::stats(Nanos now_ns) const {
  WorkQueueStats stats{
      .depth = ready_.size(), .delayed = delayed_.size(), .working = working_.size()};
  for (const auto& [key, since_ns] : working_) {
    stats.unfinished_ns += now_ns - since_ns;
    stats.longest_running_ns = std::max(stats.longest_running_ns, now_ns - since_ns);
  }
  return stats;
}

void WorkQueueCore::Promote(Nanos now_ns) {
  while (!due_.empty() && due_.begin()->first <= now_ns) {
    const auto due = due_.extract(due_.begin());
    delayed_.erase(due.value().second);  // makes room for itself
    Add(now_ns, due.value().second);
  }
}

Nanos WorkQueueCore::BucketDelay(Nanos now_ns) {
  constexpr auto kNsPerSecond = static_cast<double>(kSecond);
  const auto passed_ns = static_cast<double>(now_ns - tokens_at_ns_);
  tokens_ = std::min(limits_.retry_burst,
                     tokens_ + passed_ns / kNsPerSecond * limits_.retries_per_second);
  tokens_at_ns_ = now_ns;
  tokens_ -= 1;
  if (tokens_ >= 0) return 0;
  return static_cast<Nanos>(-tokens_ / limits_.retries_per_second * kNsPerSecond);
}

}  // namespace clockwork::kube
