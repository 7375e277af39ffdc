#include "operator/kube/event_correlator.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "operator/kube/api_time.h"
#include "operator/kube/store.h"

namespace clockwork::kube {
namespace {

constexpr std::size_t kMaxNameBytes = 253;  // of any object
constexpr std::string_view kCombined = "(combined from similar events): ";

// FNV-1a: the same in every process and version, unlike std::hash.
class Hash {
 public:
  Hash& Mix(std::string_view text) {
    for (const char c : text) MixByte(static_cast<unsigned char>(c));
    MixByte(0xff);  // no byte of UTF-8: "ab","c" is not "a","bc"
    return *this;
  }
  std::uint64_t value() const { return value_; }

 private:
  void MixByte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3U; }

  std::uint64_t value_ = 0xcbf29ce484222325U;
};

std::string CutNote(std::string note) {
  if (note.size() <= kMaxNoteBytes) return note;
  constexpr std::string_view kCut = "...";
  std::size_t end = kMaxNoteBytes - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(note[end]) & 0xc0U) == 0x80U) --end;
  note.resize(end);
  return note.append(kCut);
}

std::string TrackingKey(const ObjectReference& about) {
  return about.uid.empty() ? about.kind + "/" + MakeKey(about.name_space, about.name) : about.uid;
}

std::string NameOf(const HappenedEvent& event, std::string_view told_apart_by) {
  Hash hash;
  hash.Mix(TrackingKey(event.about)).Mix(event.warning ? "Warning" : "Normal");
  hash.Mix(event.reason).Mix(told_apart_by);
  std::string tail = fmt::format(".{:016x}", hash.value());
  std::string name = event.about.name.substr(0, kMaxNameBytes - tail.size());
  return name.append(tail);
}

}  // namespace

ObjectReference ReferenceTo(const Json& object) {
  const auto text = [&](const char* field) {
    const auto found = object.is_object() ? object.find(field) : object.end();
    return object.is_object() && found != object.end() && found->is_string()
               ? found->get<std::string>()
               : std::string();
  };
  return {.api_version = text("apiVersion"),
          .kind = text("kind"),
          .name_space = MetadataText(object, "namespace"),
          .name = MetadataText(object, "name"),
          .uid = MetadataText(object, "uid")};
}

std::optional<EventWrite> EventCorrelator::OnEvent(Nanos wall_ns, HappenedEvent event) {
  Tracked& tracked = Track(wall_ns, event.about);
  std::string told_apart_by = event.note;
  const Novelty novelty = Judge(&tracked, wall_ns, event);
  if (novelty == Novelty::kFlood) {
    told_apart_by = kCombined;
    event.note.insert(0, kCombined);
  }
  event.note = CutNote(std::move(event.note));
  std::string name = NameOf(event, told_apart_by);
  if (!tracked.series.contains(name) && tracked.series.size() >= kMaxSeries) {
    tracked.series.erase(std::min_element(
        tracked.series.begin(), tracked.series.end(),
        [](const auto& a, const auto& b) { return a.second.last_ns < b.second.last_ns; }));
  }
  Series& series = tracked.series[name];
  if (series.count++ == 0) series.first_ns = wall_ns;
  series.last_ns = wall_ns;
  // The count goes on while nothing is written: the next write tells all.
  const bool within_budget = Spend(&tracked, wall_ns);
  if (!within_budget && novelty != Novelty::kFirstOfReason) return std::nullopt;
  return EventWrite{
      .name_space = event.about.name_space.empty() ? "default" : event.about.name_space,
      .name = std::move(name),
      .event = std::move(event),
      .count = series.count,
      .first_ns = series.first_ns,
      .last_ns = wall_ns};
}

void EventCorrelator::Adopt(const EventWrite& write, std::int64_t count) {
  const auto tracked = tracked_.find(TrackingKey(write.event.about));
  if (tracked == tracked_.end()) return;
  const auto series = tracked->second.series.find(write.name);
  if (series == tracked->second.series.end()) return;
  series->second.count += count - write.count;
}

EventCorrelator::Tracked& EventCorrelator::Track(Nanos wall_ns, const ObjectReference& about) {
  std::string key = TrackingKey(about);
  const auto [entry, is_new] = tracked_.try_emplace(key);
  Tracked& tracked = entry->second;
  if (is_new) {
    tracked.tokens_at_ns = wall_ns;
    by_age_.push_front(std::move(key));
    tracked.age = by_age_.begin();
    if (tracked_.size() > kMaxTracked) {
      tracked_.erase(by_age_.back());
      by_age_.pop_back();
    }
  } else {
    by_age_.splice(by_age_.begin(), by_age_, tracked.age);
  }
  return tracked;
}

bool EventCorrelator::Spend(Tracked* tracked, Nanos wall_ns) {
  // A wall clock may step back.
  const Nanos passed_ns = std::max(Nanos{0}, wall_ns - tracked->tokens_at_ns);
  tracked->tokens = std::min(
      static_cast<double>(kEventBurst),
      tracked->tokens + static_cast<double>(passed_ns) / static_cast<double>(kEventRefillNs));
  tracked->tokens_at_ns = wall_ns;
  if (tracked->tokens < 1) return false;
  tracked->tokens -= 1;
  return true;
}

EventCorrelator::Novelty EventCorrelator::Judge(Tracked* tracked, Nanos wall_ns,
                                                const HappenedEvent& event) {
  auto& all = tracked->similar;
  std::erase_if(all, [&](const auto& entry) {
    return wall_ns - entry.second.window_begin_ns > kSimilarWindowNs;
  });
  const std::string kind = (event.warning ? "W" : "N") + event.reason;
  if (!all.contains(kind) && all.size() >= kMaxSeries) return Novelty::kFlood;
  const auto [entry, is_new] = all.try_emplace(kind, Similar{wall_ns, {}});
  Similar& similar = entry->second;
  const std::uint64_t note = Hash().Mix(event.note).value();
  if (!similar.notes.contains(note)) {
    if (similar.notes.size() >= kSimilarLimit) return Novelty::kFlood;
    similar.notes.insert(note);
  }
  return is_new ? Novelty::kFirstOfReason : Novelty::kKnownReason;
}

Json EncodeEvent(const EventWrite& write, std::string_view component, std::string_view instance) {
  const ObjectReference& about = write.event.about;
  return {{"apiVersion", "v1"},
          {"kind", "Event"},
          {"metadata", {{"name", write.name}, {"namespace", write.name_space}}},
          {"involvedObject",
           {{"apiVersion", about.api_version},
            {"kind", about.kind},
            {"namespace", about.name_space},
            {"name", about.name},
            {"uid", about.uid}}},
          {"type", write.event.warning ? "Warning" : "Normal"},
          {"reason", write.event.reason},
          {"message", write.event.note},
          {"count", write.count},
          {"firstTimestamp", SecondTime(write.first_ns)},
          {"lastTimestamp", SecondTime(write.last_ns)},
          {"source", {{"component", component}}},
          {"reportingComponent", component},
          {"reportingInstance", instance}};
}

}  // namespace clockwork::kube
