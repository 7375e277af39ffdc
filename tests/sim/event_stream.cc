#include "tests/sim/event_stream.h"

#include <bit>
#include <cstdlib>
#include <string_view>
#include <type_traits>

namespace clockwork::sim {
namespace {

using controller::Effects;
using controller::Scheduler;

std::uint64_t Word(std::int64_t value) { return static_cast<std::uint64_t>(value); }

// Mixes any number of integers, in order.
template <typename... Values>
void MixAll(Digest* digest, Values... values) {
  (digest->Mix(static_cast<std::uint64_t>(values)), ...);
}

void MixText(Digest* digest, std::string_view text) {
  digest->Mix(text.size());
  for (const char c : text) digest->Mix(static_cast<unsigned char>(c));
}

void MixTiming(Digest* digest, const wire::Timing& timing) {
  MixAll(digest, timing.begin_ns, timing.end_ns, timing.duration_ns);
}

void MixWeights(Digest* digest, const wire::WeightsResult& result) {
  MixAll(digest, Word(result.action_id), result.action_received_ns, result.result_sent_ns);
  MixTiming(digest, result.timing);
}

struct EventMixer {
  Digest* digest;

  void operator()(const Turn& /*turn*/) const {}
  void operator()(const controller::InferenceArrival& a) const {
    MixAll(digest, a.asker.client, a.asker.message_id, Word(a.asker.user_id),
           Word(a.asker.user_request_id), a.model_id, a.batch_size,
           std::bit_cast<std::uint32_t>(a.slo_factor));
    // Zero is not mixed in: digests from before there was such a field stay as they are.
    if (a.behind_ns != 0) digest->Mix(Word(a.behind_ns));
  }
  void operator()(const wire::InferResult& r) const {
    MixAll(digest, Word(r.action_id), r.gpu_id, r.gpu_clock_before, r.gpu_clock,
           r.action_received_ns, r.result_sent_ns);
    MixTiming(digest, r.exec);
    MixTiming(digest, r.copy_output);
  }
  void operator()(const LoadResult& r) const { MixWeights(digest, r.result); }
  void operator()(const EvictResult& r) const { MixWeights(digest, r.result); }
  void operator()(const wire::ErrorResult& r) const {
    MixAll(digest, Word(r.action_id), Word(r.action_type), Word(r.status), r.action_received_ns,
           r.result_sent_ns);
    MixText(digest, r.message);
  }
  void operator()(const NotSent& n) const { digest->Mix(Word(n.action_id)); }
  void operator()(const WorkerLost& w) const { digest->Mix(w.worker); }
};

struct Teller {
  Nanos now_ns;
  Scheduler* scheduler;
  Effects* effects;

  // Until nothing is left to decide at this time, however much one call of Advance does.
  void operator()(const Turn& /*turn*/) const {
    do scheduler->Advance(now_ns, effects);
    while (scheduler->NextWakeNs() <= now_ns);
  }
  void operator()(const controller::InferenceArrival& arrival) const {
    scheduler->OnRequest(now_ns, arrival, effects);
  }
  void operator()(const wire::InferResult& result) const {
    scheduler->OnInferResult(now_ns, result, {}, effects);
  }
  void operator()(const LoadResult& load) const {
    scheduler->OnLoadResult(now_ns, load.result, effects);
  }
  void operator()(const EvictResult& evict) const {
    scheduler->OnEvictResult(now_ns, evict.result, effects);
  }
  void operator()(const wire::ErrorResult& result) const {
    scheduler->OnErrorResult(now_ns, result, effects);
  }
  void operator()(const NotSent& not_sent) const {
    scheduler->OnNotSent(now_ns, not_sent.action_id);
  }
  void operator()(const WorkerLost& lost) const {
    scheduler->OnWorkerLost(now_ns, lost.worker, effects);
  }
};

void MixRow(Digest* digest, const telemetry::RequestRow& row) {
  MixAll(digest, Word(row.t), Word(row.request_id), Word(row.result), Word(row.user_id),
         Word(row.model_id), std::bit_cast<std::uint32_t>(row.slo_factor), Word(row.latency),
         Word(row.deadline), row.deadline_met, Word(row.arrival_count), Word(row.departure_count),
         row.is_coldstart);
}

void MixRow(Digest* digest, const telemetry::ActionRow& row) {
  MixAll(digest, Word(row.t), Word(row.action_id), Word(row.action_type), Word(row.status),
         Word(row.worker_id), Word(row.gpu_id), Word(row.model_id), Word(row.batch_size),
         Word(row.expected_exec_duration), Word(row.worker_exec_duration),
         Word(row.expected_exec_complete), Word(row.worker_exec_complete),
         Word(row.expected_gpu_clock), Word(row.worker_gpu_clock_before),
         Word(row.worker_gpu_clock), Word(row.worker_copy_output_complete),
         Word(row.worker_action_received), Word(row.worker_result_sent),
         Word(row.controller_result_enqueue), Word(row.controller_action_duration),
         Word(row.goodput), Word(row.requests_queued), Word(row.copies_loaded));
}

}  // namespace

void Tell(const Event& event, Scheduler* scheduler, Effects* effects) {
  std::visit(Teller{event.now_ns, scheduler, effects}, event.content);
}

void Digest::Mix(std::uint64_t value) {
  value_ = (value_ ^ value) * 0x9e3779b97f4a7c15ULL;
  value_ ^= value_ >> 29;
}

void Digest::Mix(const Event& event) {
  MixAll(this, Word(event.now_ns), event.content.index());
  std::visit(EventMixer{this}, event.content);
}

void Digest::Mix(const Effects& effects) {
  for (const controller::ActionToSend& a : effects.actions) {
    MixAll(this, static_cast<std::uint64_t>(a.kind), a.worker, a.gpu, Word(a.action_id), a.model_id,
           a.earliest_ns, a.latest_ns, Word(a.expected_duration_ns), Word(a.send_by_ns),
           a.batch_size);
  }
  for (const controller::InferenceAnswer& a : effects.answers) {
    MixAll(this, a.asker.client, a.asker.message_id, Word(a.status), a.model_id, a.batch_size);
    MixText(this, a.message);
  }
  for (const telemetry::RequestRow& row : effects.request_rows) MixRow(this, row);
  for (const telemetry::ActionRow& row : effects.action_rows) MixRow(this, row);
  for (const std::string& warning : effects.warnings) MixText(this, warning);
}

std::unique_ptr<Scheduler> MakeScheduler(const EventStream& stream) {
  auto scheduler = Scheduler::Create(stream.options, stream.cluster);
  if (!scheduler.ok()) std::abort();
  return std::move(*scheduler);
}

Replayed Replay(const EventStream& stream) {
  const auto scheduler = MakeScheduler(stream);
  Effects effects;
  Digest told;
  Digest decided;
  Replayed result;
  for (const Event& event : stream.events) {
    Tell(event, scheduler.get(), &effects);
    told.Mix(event);
    decided.Mix(effects);
    result.actions += effects.actions.size();
    result.answers += effects.answers.size();
    effects.Clear();
  }
  result.requests = scheduler->counters().requests;
  result.events = told.value();
  result.decisions = decided.value();
  return result;
}

}  // namespace clockwork::sim
