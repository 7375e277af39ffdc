#include "tests/support/fake_api/watch_stream.h"

#include <fmt/format.h>

#include <utility>

#include "tests/support/fake_api/answer.h"
#include "tests/support/fake_api/http_message.h"

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

std::string Line(std::string_view type, const Json& object) {
  return Json{{"type", type}, {"object", object}}.dump() + "\n";
}

}  // namespace

WatchStream::WatchStream(Scope scope, const ObjectStore& store,
                         std::optional<std::uint64_t> version, bool bookmarks,
                         const std::optional<Effect>& effect)
    : scope_(std::move(scope)),
      version_(version.value_or(store.version())),
      bookmarks_(bookmarks),
      effect_(effect) {
  if (version) return;
  const std::string resource = KeyOf(*scope_.kind, "", "").resource;
  const auto present = store.At(store.version(), resource, scope_.name_space);
  if (!present) return;
  for (const Object& object : *present) {
    if (!ended_ && scope_.selector.Matches(*object)) Emit("ADDED", *object, &initial_);
  }
}

void WatchStream::Advance(const ObjectStore& store, std::string* out) {
  out->append(std::exchange(initial_, {}));
  if (ended_) return;
  if (!store.Knows(version_)) {
    Expire(fmt::format("too old resource version: {} ({})", version_, store.version()), out);
    return;
  }
  for (auto change = store.ChangesAfter(version_); change != store.ChangesEnd() && !ended_;
       ++change) {
    Tell(*change, out);
  }
  version_ = std::max(version_, store.version());
}

void WatchStream::Tell(const Change& change, std::string* out) {
  if (change.key.resource != KeyOf(*scope_.kind, "", "").resource) return;
  if (!scope_.name_space.empty() && change.key.name_space != scope_.name_space) return;
  const bool before = change.before != nullptr && scope_.selector.Matches(*change.before);
  const bool after = change.after != nullptr && scope_.selector.Matches(*change.after);
  if (after) {
    Emit(before ? "MODIFIED" : "ADDED", *change.after, out);
  } else if (before) {
    // It left the selection: the last state that was in it, under the version that ended that.
    Json last = *change.before;
    last["metadata"]["resourceVersion"] = std::to_string(change.version);
    Emit("DELETED", last, out);
  }
}

void WatchStream::Emit(std::string_view type, const Json& object, std::string* out) {
  const std::string line = Line(type, object);
  if (!effect_) {
    Send(line, out);
    return;
  }
  switch (effect_->kind) {
    case Effect::Kind::kCutWatch:
      if (sent_ < effect_->count) break;
      out->append(EncodeChunk(line.substr(0, line.size() / 2)));
      ended_ = cut_ = true;
      return;
    case Effect::Kind::kDuplicateEvents:
      Send(line, out);
      break;
    case Effect::Kind::kReorderEvents:
      if (held_back_.empty()) {
        held_back_ = line;
        return;
      }
      Send(line, out);
      Send(std::exchange(held_back_, {}), out);
      return;
    default:
      break;
  }
  Send(line, out);
}

void WatchStream::Send(const std::string& line, std::string* out) {
  out->append(EncodeChunk(line));
  ++sent_;
  if (!effect_ || sent_ < effect_->count) return;
  if (effect_->kind == Effect::Kind::kEndWatch) End(out);
  if (effect_->kind == Effect::Kind::kExpireWatch) Expire("too old resource version", out);
}

void WatchStream::Bookmark(const ObjectStore& store, std::string* out) {
  Advance(store, out);
  if (ended_ || !bookmarks_) return;
  const Json object = {
      {"kind", scope_.kind->kind},
      {"apiVersion", scope_.kind->ApiVersion()},
      {"metadata",
       {{"resourceVersion", std::to_string(version_)}, {"creationTimestamp", nullptr}}}};
  out->append(EncodeChunk(Line("BOOKMARK", object)));
}

void WatchStream::TimeOut(const ObjectStore& store, std::string* out) {
  Bookmark(store, out);
  if (ended_) return;
  if (!held_back_.empty()) Send(std::exchange(held_back_, {}), out);
  End(out);
}

void WatchStream::Cut(std::string* out) {
  if (ended_) return;
  out->append(EncodeChunk(R"({"type":"MODIFIED","object":{"kind":)"));
  ended_ = cut_ = true;
}

void WatchStream::End(std::string* out) {
  out->append(kLastChunk);
  ended_ = true;
}

void WatchStream::Expire(std::string_view message, std::string* out) {
  out->append(EncodeChunk(Line("ERROR", FailureStatus(410, "Expired", message))));
  End(out);
}

}  // namespace clockwork::testing
