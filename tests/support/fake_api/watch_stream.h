#pragma once

// One watch: which changes of the store it tells, as which lines, and what a fault makes of them.
// Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/fake_api/fault_rules.h"
#include "tests/support/fake_api/object_store.h"
#include "tests/support/fake_api/selector.h"

namespace clockwork::testing {

class WatchStream {
 public:
  struct Scope {
    const ResourceKind* kind = nullptr;
    std::string name_space;
    Selector selector;
  };
  // Tells the changes after `version`; without one, first every object there is, as added.
  WatchStream(Scope scope, const ObjectStore& store, std::optional<std::uint64_t> version,
              bool bookmarks, const std::optional<Effect>& effect);

  // Appends what the store's changes since the last call come to, as chunks.
  void Advance(const ObjectStore& store, std::string* out);
  // A bookmark, if the watcher wants them.
  void Bookmark(const ObjectStore& store, std::string* out);
  // The time-out of the request has come: a last bookmark, and the end.
  void TimeOut(const ObjectStore& store, std::string* out);
  // Half a line.
  void Cut(std::string* out);

  bool ended() const { return ended_; }  // nothing more will come
  bool broken() const { return cut_; }   // and the connection is to be broken

 private:
  void Tell(const Change& change, std::string* out);
  void Emit(std::string_view type, const nlohmann::json& object, std::string* out);
  void Send(const std::string& line, std::string* out);
  void End(std::string* out);
  void Expire(std::string_view message, std::string* out);

  const Scope scope_;
  std::uint64_t version_;  // everything up to here has been told
  const bool bookmarks_;
  const std::optional<Effect> effect_;
  std::string initial_;    // chunks that precede everything else
  std::string held_back_;  // the first of two lines to be swapped
  int sent_ = 0;           // events, bookmarks not counted
  bool ended_ = false;
  bool cut_ = false;
};

}  // namespace clockwork::testing
