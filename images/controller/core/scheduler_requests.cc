// Admission, deadlines, time-outs and answers (spec/controller.md §5.6).

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "images/common/base/int128.h"
#include "images/common/wire/client_messages.h"
#include "images/controller/core/scheduler.h"

namespace clockwork::controller {
namespace {

// value × by / divisor. Rarely more than 64 bits, and dividing 128 is slow.
Nanos Scaled(Nanos value_ns, Nanos by_ns, Nanos divisor_ns) {
  Nanos product = 0;
  if (!__builtin_mul_overflow(value_ns, by_ns, &product)) return product / divisor_ns;
  return static_cast<Nanos>(static_cast<Int128>(value_ns) * by_ns / divisor_ns);
}

// The time that planning allows a request, of its SLO.
Nanos ExecSlo(Nanos slo_ns, Nanos ahead_ns) {
  const Nanos aimed_ns = slo_ns < kDeadlineBufferNs ? slo_ns : slo_ns - kDeadlineBufferNs;
  return std::max(aimed_ns, ahead_ns + kDeadlineBufferNs);
}

}  // namespace

Nanos Scheduler::Slo(const Model& model, float slo_factor) const {
  if (!(slo_factor > 0)) return options_.default_slo_ns;
  const float slo = static_cast<float>(model.single_ns) * slo_factor;
  return slo < static_cast<float>(kMaxSloNs) ? static_cast<Nanos>(slo) : kMaxSloNs;
}

Scheduler::Terms Scheduler::TermsOf(const Model& model, Nanos slo_ns) const {
  const Nanos ahead_ns = options_.schedule_ahead_ns;
  const Nanos floor_ns = ahead_ns + kDeadlineBufferNs;
  const Nanos exec_slo_ns = ExecSlo(slo_ns, ahead_ns);

  Nanos load_slo_ns = slo_ns - (model.load.Get() + model.single_ns + kDeadlineBufferNs + ahead_ns);
  if (load_slo_ns < 0) load_slo_ns = slo_ns;
  load_slo_ns = std::max(std::min(kMaxLoadSloNs, load_slo_ns), floor_ns);

  const Nanos exec_ns = model.exec_ns.front();
  return {exec_slo_ns, Scaled(exec_ns, options_.default_slo_ns, exec_slo_ns),
          Scaled(exec_ns, options_.default_slo_ns, load_slo_ns)};
}

void Scheduler::UpdateDemand(Model* model) const {
  const Terms terms = TermsOf(*model, options_.default_slo_ns);
  model->exec_demand_ns = terms.exec_demand_ns;
  model->load_demand_ns = terms.load_demand_ns;
}

void Scheduler::SetDeadlines(const Model& model, Nanos now_ns, Request* request) const {
  const Terms terms = request->slo_factor > 0
                          ? TermsOf(model, Slo(model, request->slo_factor))
                          : Terms{ExecSlo(options_.default_slo_ns, options_.schedule_ahead_ns),
                                  model.exec_demand_ns, model.load_demand_ns};
  request->deadline_ns = now_ns + terms.exec_slo_ns;
  request->exec_demand_ns = terms.exec_demand_ns;
  request->load_demand_ns = terms.load_demand_ns;
}

void Scheduler::RefuseUnknown(Nanos now_ns, const InferenceArrival& arrival, std::string_view why,
                              Effects* effects) {
  effects->answers.push_back({arrival.asker, wire::kStatusError, why, arrival.model_id,
                              arrival.batch_size, std::string_view()});
  telemetry::RequestRow row;
  row.t = now_ns;
  row.request_id = arrival.asker.user_request_id;
  row.result = wire::kStatusError;
  row.user_id = arrival.asker.user_id;
  row.model_id = static_cast<std::int32_t>(arrival.model_id);
  row.slo_factor = arrival.slo_factor;
  row.deadline = -1;
  effects->request_rows.push_back(row);
}

void Scheduler::Shed(Nanos now_ns, const InferenceArrival& arrival, Effects* effects) {
  ++counters_.shed;
  const Model& model = models_[arrival.model_id];
  effects->answers.push_back({arrival.asker, wire::kStatusTimeout, "shed: the controller is behind",
                              arrival.model_id, arrival.batch_size, std::string_view()});
  telemetry::RequestRow row;
  row.t = now_ns;
  row.request_id = arrival.asker.user_request_id;
  row.result = wire::kStatusTimeout;
  row.user_id = arrival.asker.user_id;
  row.model_id = static_cast<std::int32_t>(arrival.model_id);
  row.slo_factor = arrival.slo_factor;
  row.deadline = Slo(model, arrival.slo_factor);
  row.arrival_count = static_cast<std::int32_t>(model.copies_loaded);
  row.departure_count = row.arrival_count;
  effects->request_rows.push_back(row);
}

void Scheduler::OnRequest(Nanos now_ns, const InferenceArrival& arrival, Effects* effects) {
  ++counters_.requests;
  if (arrival.model_id >= models_.size() || !models_[arrival.model_id].known) {
    RefuseUnknown(now_ns, arrival, "unknown model id", effects);
    return;
  }
  if (arrival.behind_ns > kShedBehindNs) {
    Shed(now_ns, arrival, effects);
    return;
  }
  RequestIndex index = 0;
  if (!pool_.Take(&index)) {
    ++counters_.refused;
    RefuseUnknown(now_ns, arrival, "too many requests are waiting", effects);
    return;
  }
  tracker_.Prefetch(arrival.model_id);
  const Model& model = models_[arrival.model_id];
  Request& request = pool_[index];
  request.SetAsker(arrival.asker);
  request.model_id = arrival.model_id;
  request.batch_size = arrival.batch_size;
  request.slo_factor = arrival.slo_factor;
  request.SetArrivalCopies(model.copies_loaded);
  pool_.SetInput(index, arrival.input);
  SetDeadlines(model, now_ns, &request);
  tracker_.AddDemand(arrival.model_id, request.exec_demand_ns, request.load_demand_ns);
  const Timeout timeout{request.deadline_ns, index, pool_.Generation(index)};
  if (request.slo_factor > 0) {
    PushOtherTimeout(timeout);
  } else {
    default_timeouts_.PushBack(timeout);
  }
  Enqueue(index);
}

void Scheduler::Enqueue(RequestIndex index) {
  const std::uint32_t m = pool_[index].model_id;
  Model& model = models_[m];
  pool_[index].queued = true;
  model.queue.Append(index);
  ++model.requests_queued;
  if (!model.has_new_requests) {
    model.has_new_requests = true;
    new_requests_.push_back(m);
  }
}

void Scheduler::Answer(Nanos now_ns, RequestIndex index, std::int32_t status,
                       std::string_view message, std::uint32_t departure_copies,
                       std::string_view output, Effects* effects) {
  Request& request = pool_[index];
  const Nanos slo_ns = Slo(models_[request.model_id], request.slo_factor);
  const Nanos arrival_ns = request.deadline_ns - ExecSlo(slo_ns, options_.schedule_ahead_ns);
  const bool good = status == wire::kStatusSuccess && now_ns <= arrival_ns + slo_ns;
  counters_.good += good ? 1 : 0;
  InferenceAnswer& answer = effects->answers.emplace_back();
  answer.asker = request.GetAsker();
  answer.status = status;
  answer.message = message;
  answer.model_id = request.model_id;
  answer.batch_size = request.batch_size;
  answer.output = output;
  telemetry::RequestRow& row = effects->request_rows.emplace_back();
  row.t = now_ns;
  row.request_id = request.user_request_id;
  row.result = status;
  row.user_id = request.user_id;
  row.model_id = static_cast<std::int32_t>(request.model_id);
  row.slo_factor = request.slo_factor;
  row.latency = now_ns - arrival_ns;
  row.deadline = slo_ns;
  row.deadline_met = good;
  row.arrival_count = static_cast<std::int32_t>(request.arrival_copies);
  row.departure_count = static_cast<std::int32_t>(departure_copies);
  row.is_coldstart = row.departure_count > row.arrival_count && row.arrival_count == 0;
  // Last: what reads the word of which this writes a byte would wait for the write.
  request.answered = true;
}

void Scheduler::PopAnswered(ModelQueue* queue) const {
  // Answered fronts leave the queues at once (spec §5.15: skip already answered requests).
  for (std::size_t size = 0; size < queue->batch_sizes(); ++size) {
    while (!queue->Empty(size) && pool_[queue->Front(size)].answered) queue->PopFront(size);
  }
}

void Scheduler::PushOtherTimeout(const Timeout& timeout) {
  other_timeouts_.push_back(timeout);
  std::push_heap(other_timeouts_.begin(), other_timeouts_.end(), std::greater<>());
}

void Scheduler::PopOtherTimeout() {
  std::pop_heap(other_timeouts_.begin(), other_timeouts_.end(), std::greater<>());
  other_timeouts_.pop_back();
}

bool Scheduler::Expire(Nanos now_ns, const Timeout& timeout, Effects* effects) {
  if (Over(timeout)) return false;
  const RequestIndex index = timeout.request;
  const Request& request = pool_[index];
  const std::uint32_t m = request.model_id;
  Model& model = models_[m];
  ++counters_.timeouts;
  tracker_.ExecDemandDone(m, request.exec_demand_ns);
  tracker_.LoadDemandDone(m, request.load_demand_ns);
  const std::uint64_t length_before = model.queue.Length(0);
  Answer(now_ns, index, wire::kStatusTimeout, "timed out", model.copies_loaded, {}, effects);
  PopAnswered(&model.queue);
  // One in the middle is subtracted when it leaves.
  model.requests_queued -= static_cast<std::int64_t>(length_before - model.queue.Length(0));
  pool_.ReleaseIfDone(index);
  model.queue.Trim(pool_);
  return true;
}

void Scheduler::ExpireDue(Nanos now_ns, Effects* effects) {
  while (!default_timeouts_.empty() && default_timeouts_.front().deadline_ns <= now_ns) {
    PrefetchTimeouts();
    Expire(now_ns, default_timeouts_.front(), effects);
    default_timeouts_.PopFront();
  }
  while (!other_timeouts_.empty() && other_timeouts_.front().deadline_ns <= now_ns) {
    Expire(now_ns, other_timeouts_.front(), effects);
    PopOtherTimeout();
  }
}

void Scheduler::ForgetAnsweredTimeouts() {
  // So that an answered request does not wake anybody up.
  while (!default_timeouts_.empty() && Over(default_timeouts_.front())) {
    default_timeouts_.PopFront();
  }
  while (!other_timeouts_.empty() && Over(other_timeouts_.front())) PopOtherTimeout();
  // Behind one that is still waited for they would stay until then, which may be an hour. More than
  // half are over when all are looked at, so that each pays for two looks.
  if (other_timeouts_.size() > kDeadlinesPerRequest * pool_.in_use()) {
    ForgetAllAnsweredOtherTimeouts();
  }
}

void Scheduler::ForgetAllAnsweredOtherTimeouts() {
  std::erase_if(other_timeouts_, [this](const Timeout& timeout) { return Over(timeout); });
  std::make_heap(other_timeouts_.begin(), other_timeouts_.end(), std::greater<>());
}

}  // namespace clockwork::controller
