#include "images/client/core/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

namespace clockwork::client {
namespace {

// Keys in the order of docs/programs.md.
using Json = nlohmann::ordered_json;

double Seconds(Nanos span_ns) { return static_cast<double>(span_ns) / kSecond; }
double Micros(Nanos span_ns) { return static_cast<double>(span_ns) / kMicrosecond; }

StepSummary SummariseStep(std::size_t step, const StepBook& book, const StepSchedule& schedule,
                          Nanos elapsed_ns) {
  const Nanos begin_ns = static_cast<Nanos>(step) * schedule.period_ns;
  StepSummary summary;
  summary.step = step;
  summary.factor = schedule.steps[step].factor;
  summary.seconds = Seconds(std::clamp<Nanos>(elapsed_ns - begin_ns, 0, schedule.period_ns));
  summary.sent = book.sent;
  summary.answered = book.answered();
  summary.good = book.good;
  if (summary.seconds > 0) {
    summary.offered_rps = static_cast<double>(book.sent) / summary.seconds;
    summary.good_rps = static_cast<double>(book.good) / summary.seconds;
  }
  summary.lag_p50_ns = book.lag.QuantileNs(0.50);
  summary.lag_p99_ns = book.lag.QuantileNs(0.99);
  summary.lag_max_ns = book.lag.max_ns();
  return summary;
}

std::string InvalidReason(const RunSummary& summary, std::uint64_t unsent) {
  std::vector<std::string> reasons;
  if (!summary.facts.cut_short_reason.empty()) reasons.push_back(summary.facts.cut_short_reason);
  if (summary.sent == 0) reasons.emplace_back("no request was sent");
  for (const StepSummary& step : summary.steps) {
    if (step.lag_p99_ns <= kMaxLagP99Ns) continue;
    reasons.push_back(
        fmt::format("the client lagged behind its schedule in step {}: p99 {:.0f} us, at most "
                    "{:.0f} us allowed",
                    step.step, Micros(step.lag_p99_ns), Micros(kMaxLagP99Ns)));
    break;
  }
  if (unsent > 0) reasons.push_back(fmt::format("{} requests could not be sent in time", unsent));
  if (summary.unanswered > 0) {
    reasons.push_back(fmt::format("{} requests were not answered", summary.unanswered));
  }
  return fmt::format("{}", fmt::join(reasons, "; "));
}

Json StepJson(const StepSummary& step) {
  return {{"step", step.step},
          {"factor", step.factor},
          {"seconds", step.seconds},
          {"sent", step.sent},
          {"answered", step.answered},
          {"good", step.good},
          {"offeredRps", step.offered_rps},
          {"goodRps", step.good_rps},
          {"lagP50Us", Micros(step.lag_p50_ns)},
          {"lagP99Us", Micros(step.lag_p99_ns)},
          {"lagMaxUs", Micros(step.lag_max_ns)}};
}

// Text from outside (paths) may not be UTF-8; it must not keep the summary from being written.
std::string Dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

RunSummary Summarise(const Ledger& ledger, const StepSchedule& schedule, RunFacts facts) {
  RunSummary summary;
  summary.facts = std::move(facts);
  std::uint64_t unsent = 0;
  for (std::size_t step = 0; step < schedule.steps.size(); ++step) {
    if (static_cast<Nanos>(step) * schedule.period_ns >= summary.facts.elapsed_ns) break;
    const StepBook& book = ledger.steps()[step];
    const StepSummary& added =
        summary.steps.emplace_back(SummariseStep(step, book, schedule, summary.facts.elapsed_ns));
    summary.sent += book.sent;
    summary.answered += book.answered();
    summary.good += book.good;
    summary.unanswered += book.unanswered;
    unsent += book.unsent;
    summary.lag_p99_ns = std::max(summary.lag_p99_ns, added.lag_p99_ns);
    summary.lag_max_ns = std::max(summary.lag_max_ns, added.lag_max_ns);
    summary.offered_rps = added.offered_rps;
    summary.good_rps = std::max(summary.good_rps, added.good_rps);
  }
  summary.invalid_reason = InvalidReason(summary, unsent);
  summary.valid = summary.invalid_reason.empty();
  return summary;
}

namespace {

Json SummaryHead(const RunSummary& summary) {
  return {{"valid", summary.valid},
          {"invalidReason", summary.invalid_reason},
          {"workers", summary.facts.workers},
          {"sent", summary.sent},
          {"answered", summary.answered},
          {"good", summary.good},
          {"unanswered", summary.unanswered},
          {"lagP99Us", Micros(summary.lag_p99_ns)},
          {"lagMaxUs", Micros(summary.lag_max_ns)},
          {"offeredRps", summary.offered_rps},
          {"goodRps", summary.good_rps},
          {"durationSeconds", Seconds(summary.facts.elapsed_ns)},
          {"trace", summary.facts.trace},
          {"zoo", summary.facts.zoo},
          {"modelOrder", summary.facts.model_order},
          {"steps", Json::array()}};
}

// The reason and the names, which come from outside, cut to what is left for them.
std::string Shortest(Json json, std::size_t max_bytes) {
  std::string text = Dump(json, -1);
  for (const char* field : {"invalidReason", "zoo", "trace"}) {
    if (text.size() <= max_bytes) break;
    std::string value = json[field];
    const std::size_t excess = text.size() - max_bytes;
    value.resize(value.size() > excess ? value.size() - excess : 0);
    json[field] = value;
    text = Dump(json, -1);
  }
  return text;
}

}  // namespace

std::string SummaryJson(const RunSummary& summary, std::size_t max_bytes) {
  Json json = SummaryHead(summary);
  for (const StepSummary& step : summary.steps) json["steps"].push_back(StepJson(step));
  std::string text = Dump(json, 2);
  if (max_bytes == 0 || text.size() <= max_bytes) return text;
  json["steps"] = Json::array();
  for (const StepSummary& step : summary.steps) {
    json["steps"].push_back({{"offeredRps", std::round(step.offered_rps)}});
  }
  text = Dump(json, -1);
  if (text.size() <= max_bytes) return text;
  json["steps"] = Json::array();
  return Shortest(std::move(json), max_bytes);
}

std::string ProgressJson(const Progress& progress) {
  const Json json = {{"step", progress.step},
                     {"steps", progress.steps},
                     {"factor", progress.factor},
                     {"elapsedSeconds", Seconds(progress.elapsed_ns)},
                     {"totalSeconds", Seconds(progress.total_ns)},
                     {"offeredRps", progress.offered_rps},
                     {"goodRps", progress.good_rps},
                     {"phase", progress.phase}};
  return Dump(json, -1);
}

}  // namespace clockwork::client
