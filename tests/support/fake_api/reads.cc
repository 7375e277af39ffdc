#include "tests/support/fake_api/reads.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "tests/support/fake_api/selector.h"

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

std::uint64_t Earlier(const ObjectStore& store, std::uint64_t changes_ago) {
  std::uint64_t version = store.version() - std::min(changes_ago, store.version());
  while (!store.Knows(version)) ++version;
  return version;
}

// Which state a list shows, from which item on.
struct Page {
  std::uint64_t version = 0;
  std::size_t offset = 0;
};

std::optional<Page> ReadContinue(const std::string& token) {
  const std::size_t dot = token.find('.');
  const auto version = ReadVersion(token.substr(0, dot));
  if (!version || dot == std::string::npos) return std::nullopt;
  const auto offset = ReadVersion(token.substr(dot + 1));
  if (!offset) return std::nullopt;
  return Page{*version, *offset};
}

std::optional<Answer> ChoosePage(const ObjectStore& store, const Target& target,
                                 std::uint64_t changes_ago, Page* page) {
  *page = {Earlier(store, changes_ago), 0};
  if (const std::string token = target.Parameter("continue"); !token.empty()) {
    const auto read = ReadContinue(token);
    if (!read) return BadRequestAnswer("continue key is not valid");
    *page = *read;
    if (store.Knows(page->version)) return std::nullopt;
    return ExpiredAnswer(
        "The provided continue parameter is too old to display a consistent list result.");
  }
  const std::string wanted = target.Parameter("resourceVersion");
  if (wanted.empty() || wanted == "0") return std::nullopt;
  const auto version = ReadVersion(wanted);
  if (!version) return BadRequestAnswer("resourceVersion: Invalid value: " + wanted);
  if (*version > store.version()) {
    return Failure(
        504, "Timeout",
        fmt::format("Too large resource version: {}, current: {}", *version, store.version()));
  }
  if (target.Parameter("resourceVersionMatch") != "Exact") return std::nullopt;
  page->version = *version;
  if (store.Knows(*version)) return std::nullopt;
  return ExpiredAnswer(
      fmt::format("The resourceVersion for the provided list is too old: {}", *version));
}

}  // namespace

std::optional<std::uint64_t> ReadVersion(const std::string& text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ptr != end || parsed.ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<Answer> ReadSelector(const Target& target, Selector* selector) {
  const auto labels = Selector::Labels(target.Parameter("labelSelector"));
  if (!labels) return BadRequestAnswer("unable to parse the label selector");
  const auto fields = Selector::Fields(target.Parameter("fieldSelector"));
  if (!fields) return BadRequestAnswer("unable to parse the field selector");
  *selector = *labels;
  selector->And(*fields);
  return std::nullopt;
}

Answer GetObject(const ObjectStore& store, const Target& target, std::uint64_t changes_ago) {
  const ObjectKey key = KeyOf(*target.kind, target.name_space, target.name);
  if (changes_ago == 0) {
    const Object object = store.Find(key);
    if (object == nullptr) return NotFoundAnswer(*target.kind, target.name);
    return {200, *object, 0};
  }
  const auto past = store.At(Earlier(store, changes_ago), key.resource, key.name_space);
  for (const Object& object : past.value_or(std::vector<Object>{})) {
    if (object->at("metadata").at("name") == target.name) return {200, *object, 0};
  }
  return NotFoundAnswer(*target.kind, target.name);
}

Answer ListObjects(const ObjectStore& store, const Target& target, std::uint64_t changes_ago) {
  Selector selector;
  if (auto refused = ReadSelector(target, &selector)) return *std::move(refused);
  Page page;
  if (auto refused = ChoosePage(store, target, changes_ago, &page)) return *std::move(refused);
  const ObjectKey scope = KeyOf(*target.kind, target.name_space, "");
  const auto objects = store.At(page.version, scope.resource, scope.name_space);
  const std::uint64_t limit = ReadVersion(target.Parameter("limit")).value_or(0);
  Json items = Json::array();
  Json metadata = {{"resourceVersion", std::to_string(page.version)}};
  std::size_t at = page.offset;
  for (; at < objects->size() && (limit == 0 || items.size() < limit); ++at) {
    const Json& object = *(*objects)[at];
    if (!selector.Matches(object)) continue;
    items.push_back(object);
    if (target.kind->custom) continue;
    items.back().erase("apiVersion");
    items.back().erase("kind");
  }
  const bool more =
      std::any_of(objects->begin() + static_cast<std::ptrdiff_t>(std::min(at, objects->size())),
                  objects->end(), [&](const Object& object) { return selector.Matches(*object); });
  if (more) metadata["continue"] = fmt::format("{}.{}", page.version, at);
  return {200,
          {{"kind", target.kind->kind + "List"},
           {"apiVersion", target.kind->ApiVersion()},
           {"metadata", std::move(metadata)},
           {"items", std::move(items)}},
          0};
}

}  // namespace clockwork::testing
