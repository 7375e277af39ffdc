#include "images/controller/core/startup.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "images/common/wire/client_messages.h"
#include "images/controller/core/estimate.h"

namespace clockwork::controller {
namespace {

// A worker may report anything; no time is longer than what estimates are bounded by.
Nanos BoundedTime(std::uint64_t time_ns) {
  return static_cast<Nanos>(std::min(time_ns, static_cast<std::uint64_t>(kMaxEstimateNs)));
}

ModelDescription Describe(std::uint32_t id, const std::string& path, std::uint64_t input_bytes,
                          std::uint64_t output_bytes, std::uint32_t pages, std::uint64_t load_ns,
                          const std::vector<std::uint32_t>& batches,
                          const std::vector<std::uint64_t>& exec_ns) {
  ModelDescription model;
  model.model_id = id;
  model.path = path;
  model.input_bytes = input_bytes;
  model.output_bytes = output_bytes;
  model.weights_pages = pages;
  model.load_ns = BoundedTime(load_ns);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    model.batches.push_back({batches[i], i < exec_ns.size() ? BoundedTime(exec_ns[i]) : 0});
  }
  return model;
}

}  // namespace

Startup::Startup(std::size_t workers, std::uint32_t max_batch, Nanos max_exec_ns)
    : max_batch_(max_batch),
      max_exec_ns_(max_exec_ns),
      states_(workers),
      states_missing_(workers),
      lost_(workers, false) {
  cluster_.workers.resize(workers);
}

Status Startup::OnWorkerState(std::uint32_t worker, const wire::GetWorkerStateResult& state) {
  if (states_[worker].has_value()) return {};
  states_[worker] = state;
  --states_missing_;
  const auto pages =
      static_cast<std::uint32_t>(state.gpus.empty() ? 0 : state.gpus.front().weights_cache_pages);
  for (const wire::GpuInfo& gpu : state.gpus) {
    if (static_cast<std::uint32_t>(gpu.weights_cache_pages) == pages) continue;
    return RuntimeError(
        fmt::format("worker {} has GPUs of {} and of {} pages; start it with one cache size",
                    worker, pages, gpu.weights_cache_pages));
  }
  cluster_.workers[worker] = {static_cast<std::uint32_t>(state.gpus.size()), pages};
  for (const wire::ModelInfo& model : state.models) {
    if (model.model_id < 0 || static_cast<std::uint32_t>(model.model_id) >= kMaxModels) {
      return RuntimeError(fmt::format(
          "worker {} has a model with id {}, which no controller gives; start that worker anew",
          worker, model.model_id));
    }
    next_model_id_ = std::max(next_model_id_, static_cast<std::uint32_t>(model.model_id) + 1);
  }
  for (const auto& other : states_) {
    if (other.has_value() && other->page_bytes != state.page_bytes) {
      return RuntimeError(
          fmt::format("workers use pages of {} and of {} bytes; start them with the same page size",
                      other->page_bytes, state.page_bytes));
    }
  }
  if (states_missing_ > 0) return {};
  // Models left from an earlier controller are used where every worker has them.
  cluster_.models.resize(next_model_id_);
  for (const wire::ModelInfo& model : states_.front()->models) {
    const auto id = static_cast<std::uint32_t>(model.model_id);
    const bool everywhere = std::all_of(states_.begin(), states_.end(), [&](const auto& s) {
      return std::any_of(s->models.begin(), s->models.end(),
                         [&](const auto& m) { return m.model_id == model.model_id; });
    });
    if (!everywhere) {
      left_out_ = model.source;
      continue;
    }
    cluster_.models[id] =
        Describe(id, model.source, model.input_bytes, model.output_bytes, model.weights_pages,
                 model.weights_load_ns, model.supported_batch_sizes, model.batch_exec_ns);
  }
  return {};
}

void Startup::Refuse(const Asker& asker, std::string why, StartupEffects* effects) {
  effects->answers.push_back({asker, wire::kStatusError, std::move(why), 0, 0, 0, 0});
}

void Startup::OnLoadModel(Nanos now_ns, const Asker& asker, std::string path, std::int32_t copies,
                          StartupEffects* effects) {
  last_activity_ns_ = now_ns;
  if (copies < 1 || copies > kMaxCopies) {
    Refuse(asker, fmt::format("{} copies of {}: give 1 to {}", copies, path, kMaxCopies), effects);
  } else if (queued_.size() >= kMaxQueuedLoads) {
    Refuse(asker, fmt::format("{} model loads are waiting already", kMaxQueuedLoads), effects);
  } else if (std::find(lost_.begin(), lost_.end(), true) != lost_.end()) {
    Refuse(asker, "a worker is gone, so models cannot be loaded everywhere", effects);
  } else {
    Load load;
    load.asker = asker;
    load.path = std::move(path);
    load.copies = copies;
    queued_.push_back(std::move(load));
    Dispatch(effects);
  }
}

void Startup::Dispatch(StartupEffects* effects) {
  if (!ready()) return;  // which ids are free is not known yet
  // All workers get the same loads in the same order, so that one limit serves for each of them.
  while (!queued_.empty() && outstanding_.size() < kMaxOutstandingPerWorker) {
    Load load = std::move(queued_.front());
    queued_.pop_front();
    if (next_model_id_ + static_cast<std::uint64_t>(load.copies) > kMaxModels) {
      Refuse(load.asker, fmt::format("more than {} models", kMaxModels), effects);
      continue;
    }
    load.model_id = next_model_id_;
    next_model_id_ += static_cast<std::uint32_t>(load.copies);
    load.answers_missing = states_.size();
    load.waiting.assign(states_.size(), true);
    const std::int32_t id = next_action_id_++;
    const Load& stored = outstanding_.emplace(id, std::move(load)).first->second;
    for (std::uint32_t worker = 0; worker < states_.size(); ++worker) {
      wire::LoadModelAction action;
      action.action_id = id;
      action.model_id = static_cast<std::int32_t>(stored.model_id);
      action.model_path = stored.path;
      action.latest_ns = UINT64_MAX;
      action.copies = stored.copies;
      action.max_batch_size = max_batch_;
      action.max_exec_ns = static_cast<std::uint64_t>(max_exec_ns_);
      effects->loads.push_back({worker, action});
    }
  }
}

void Startup::OnEarlyRequest(Nanos now_ns, const Bounce& request, StartupEffects* effects) {
  if (early_.size() >= kMaxBounces) {
    effects->bounces.push_back(request);
  } else {
    early_.push_back({now_ns + kBounceNs, request});
  }
}

bool Startup::Agree(const wire::LoadModelResult& a, const wire::LoadModelResult& b) {
  return a.input_bytes == b.input_bytes && a.output_bytes == b.output_bytes &&
         a.supported_batch_sizes == b.supported_batch_sizes &&
         a.weights_bytes_in_cache == b.weights_bytes_in_cache;
}

void Startup::OnLoadModelResult(Nanos now_ns, std::uint32_t worker,
                                const wire::LoadModelResult& result, StartupEffects* effects) {
  const auto found = outstanding_.find(result.action_id);
  if (found == outstanding_.end() || !found->second.waiting[worker]) return;
  Load& load = found->second;
  std::string error;
  if (++load.successes == 1) {
    load.result = result;
  } else if (!Agree(load.result, result)) {
    error = fmt::format("workers disagree about {}", load.path);
  }
  Settle(now_ns, result.action_id, worker, error, effects);
}

void Startup::OnLoadModelError(Nanos now_ns, std::uint32_t worker, const wire::ErrorResult& result,
                               StartupEffects* effects) {
  Settle(now_ns, result.action_id, worker,
         result.message.empty() ? fmt::format("status {}", result.status) : result.message,
         effects);
}

void Startup::OnWorkerLost(Nanos now_ns, std::uint32_t worker, StartupEffects* effects) {
  lost_[worker] = true;
  // First those that wait, so that settling the others sends none of them.
  for (const Load& load : queued_) Refuse(load.asker, "a worker is gone", effects);
  queued_.clear();
  std::vector<std::int32_t> ids;
  for (const auto& [id, load] : outstanding_) ids.push_back(id);
  for (const std::int32_t id : ids) Settle(now_ns, id, worker, "a worker is gone", effects);
}

void Startup::Settle(Nanos now_ns, std::int32_t action_id, std::uint32_t worker,
                     const std::string& error, StartupEffects* effects) {
  const auto found = outstanding_.find(action_id);
  if (found == outstanding_.end() || !found->second.waiting[worker]) return;
  last_activity_ns_ = now_ns;
  Load& load = found->second;
  load.waiting[worker] = false;
  if (load.error.empty()) load.error = error;
  if (--load.answers_missing > 0) return;
  const Load done = std::move(load);
  outstanding_.erase(found);
  Finish(done, effects);
  Dispatch(effects);
}

void Startup::Finish(const Load& load, StartupEffects* effects) {
  const std::uint32_t end = load.model_id + static_cast<std::uint32_t>(load.copies);
  if (!load.error.empty()) {
    // Ids that no worker took are given to the next load.
    if (load.successes == 0 && end == next_model_id_) next_model_id_ = load.model_id;
    Refuse(load.asker, load.error, effects);
    return;
  }
  AddModels(load);
  effects->answers.push_back({load.asker, wire::kStatusSuccess, "", load.model_id,
                              load.result.input_bytes, load.result.output_bytes, load.copies});
}

void Startup::AddModels(const Load& load) {
  const std::uint32_t end = load.model_id + static_cast<std::uint32_t>(load.copies);
  if (cluster_.models.size() < end) cluster_.models.resize(end);
  for (std::uint32_t id = load.model_id; id < end; ++id) {
    cluster_.models[id] = Describe(id, load.path, load.result.input_bytes, load.result.output_bytes,
                                   load.result.weights_pages, load.result.weights_load_ns,
                                   load.result.supported_batch_sizes, load.result.batch_exec_ns);
  }
}

void Startup::Advance(Nanos now_ns, StartupEffects* effects) {
  if (finished_) return;
  Dispatch(effects);  // what was asked for before the last worker told its state
  finished_ = ready() && last_activity_ns_.has_value() && outstanding_.empty() && queued_.empty() &&
              now_ns - *last_activity_ns_ >= kIdleNs;
  while (!early_.empty() && (finished_ || early_.front().answer_ns <= now_ns)) {
    effects->bounces.push_back(early_.front().request);
    early_.pop_front();
  }
}

Nanos Startup::NextWakeNs() const {
  Nanos next_ns = early_.empty() ? kNever : early_.front().answer_ns;
  if (ready() && last_activity_ns_.has_value() && outstanding_.empty() && queued_.empty()) {
    next_ns = std::min(next_ns, *last_activity_ns_ + kIdleNs);
  }
  return next_ns;
}

}  // namespace clockwork::controller
