#pragma once

// From what happened to what is written: repetitions become a count, floods are cut. Pure.
//
// Numbers are client-go's: more than kSimilarLimit different notes of one object, type and reason
// within kSimilarWindowNs become one "combined" Event; each object may have kEventBurst writes, and
// then one per kEventRefillNs; the kMaxTracked objects heard of last are remembered. Unlike
// client-go's: the first Event of a type and reason in kSimilarWindowNs is written whatever the
// budget, so that many Events of little weight (trials that start) do not hide the one that says
// how it ended.
//
// Names follow from the content, so that an Event written twice (a restarted operator, a replayed
// request) is the same Event.

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "images/common/base/time.h"

namespace clockwork::kube {

inline constexpr int kSimilarLimit = 10;
inline constexpr Nanos kSimilarWindowNs = 600 * kSecond;
inline constexpr int kEventBurst = 25;
inline constexpr Nanos kEventRefillNs = 300 * kSecond;
inline constexpr std::size_t kMaxTracked = 4096;
inline constexpr std::size_t kMaxNoteBytes = 1024;
// Different Events of one object that are counted; beyond it the oldest counts begin anew.
inline constexpr std::size_t kMaxSeries = 64;

struct ObjectReference {
  std::string api_version;
  std::string kind;
  std::string name_space;  // Events of cluster-scoped objects go to "default"
  std::string name;
  std::string uid;
};
// Of an object of the API.
ObjectReference ReferenceTo(const nlohmann::json& object);

struct HappenedEvent {
  ObjectReference about;
  bool warning = false;
  std::string reason;  // CamelCase
  std::string note;    // cut to kMaxNoteBytes, at a character's edge
};

// An Event object to create, or when it exists already (`count` > 1 or another process made it) to
// bring up to date.
struct EventWrite {
  std::string name_space;
  std::string name;
  HappenedEvent event;
  std::int64_t count = 1;
  Nanos first_ns = 0;  // wall clock
  Nanos last_ns = 0;
};

class EventCorrelator {
 public:
  // Nothing: this one is not written (the object's budget is spent).
  std::optional<EventWrite> OnEvent(Nanos wall_ns, HappenedEvent event);
  // The server counts `count` for it (an earlier process has counted too): go on from there.
  void Adopt(const EventWrite& write, std::int64_t count);

 private:
  struct Series {
    std::int64_t count = 0;
    Nanos first_ns = 0;
    Nanos last_ns = 0;
  };
  struct Similar {
    Nanos window_begin_ns = 0;
    std::set<std::uint64_t> notes;  // hashes
  };
  struct Tracked {
    double tokens = kEventBurst;
    Nanos tokens_at_ns = 0;
    std::map<std::string, Similar> similar;  // by type and reason
    std::map<std::string, Series> series;    // by name of the Event
    std::list<std::string>::iterator age;
  };

  enum class Novelty { kFirstOfReason, kKnownReason, kFlood };

  Tracked& Track(Nanos wall_ns, const ObjectReference& about);
  // Whether the object may have one more write; takes it.
  static bool Spend(Tracked* tracked, Nanos wall_ns);
  static Novelty Judge(Tracked* tracked, Nanos wall_ns, const HappenedEvent& event);

  std::map<std::string, Tracked> tracked_;  // by uid (or kind and name)
  std::list<std::string> by_age_;           // the one heard of last in front
};

// The core/v1 Event of a write. `component`: the program; `instance`: this process.
nlohmann::json EncodeEvent(const EventWrite& write, std::string_view component,
                           std::string_view instance);

}  // namespace clockwork::kube
