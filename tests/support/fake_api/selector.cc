#include "tests/support/fake_api/selector.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace clockwork::testing {
namespace {

std::string_view TrimBlanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// Splits at commas that are not inside parentheses.
std::vector<std::string_view> Terms(std::string_view text) {
  std::vector<std::string_view> terms;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    depth += c == '(' ? 1 : 0;
    depth -= c == ')' ? 1 : 0;
    if (c != ',' || (depth > 0 && i < text.size())) continue;
    const std::string_view term = TrimBlanks(text.substr(begin, i - begin));
    if (!term.empty() || !TrimBlanks(text).empty()) terms.push_back(term);
    begin = i + 1;
  }
  return terms;
}

struct Term {
  std::string key;
  bool negated = false;
  bool any_value = false;
  std::vector<std::string> values = {};
};

std::optional<Term> ParseSet(std::string_view text, std::size_t at, std::string_view word,
                             bool negated) {
  std::string_view list = TrimBlanks(text.substr(at + word.size()));
  if (list.size() < 2 || list.front() != '(' || list.back() != ')') return std::nullopt;
  Term term{.key = std::string(TrimBlanks(text.substr(0, at))), .negated = negated};
  for (const std::string_view value : Terms(list.substr(1, list.size() - 2))) {
    term.values.emplace_back(value);
  }
  if (term.key.empty() || term.values.empty()) return std::nullopt;
  return term;
}

std::optional<Term> ParseTerm(std::string_view text) {
  if (const auto at = text.find(" notin "); at != std::string_view::npos) {
    return ParseSet(text, at, " notin ", true);
  }
  if (const auto at = text.find(" in "); at != std::string_view::npos) {
    return ParseSet(text, at, " in ", false);
  }
  Term term;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    term.negated = text.starts_with('!');
    term.any_value = true;
    term.key = TrimBlanks(text.substr(term.negated ? 1 : 0));
  } else {
    term.negated = equals > 0 && text[equals - 1] == '!';
    term.key = TrimBlanks(text.substr(0, equals - (term.negated ? 1 : 0)));
    term.values.emplace_back(
        TrimBlanks(text.substr(equals + (text.substr(equals, 2) == "==" ? 2 : 1))));
  }
  if (term.key.empty() || term.key.find_first_of(" ()!,") != std::string::npos) return std::nullopt;
  return term;
}

std::vector<std::string> Split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    parts.push_back(path.substr(begin, dot - begin));
    begin = dot + 1;
  }
  parts.push_back(path.substr(begin));
  return parts;
}

const std::string* Lookup(const nlohmann::json& object, const std::vector<std::string>& path) {
  const nlohmann::json* place = &object;
  for (const std::string& part : path) {
    if (!place->is_object()) return nullptr;
    const auto found = place->find(part);
    if (found == place->end()) return nullptr;
    place = &*found;
  }
  return place->get_ptr<const std::string*>();
}

}  // namespace

std::optional<Selector> Selector::Labels(std::string_view text) {
  Selector selector;
  for (const std::string_view part : Terms(text)) {
    std::optional<Term> term = ParseTerm(part);
    if (!term) return std::nullopt;
    selector.requirements_.push_back({.path = {"metadata", "labels", std::move(term->key)},
                                      .negated = term->negated,
                                      .any_value = term->any_value,
                                      .values = std::move(term->values)});
  }
  return selector;
}

std::optional<Selector> Selector::Fields(std::string_view text) {
  Selector selector;
  for (const std::string_view part : Terms(text)) {
    std::optional<Term> term = ParseTerm(part);
    if (!term || term->any_value || term->values.size() != 1) return std::nullopt;
    selector.requirements_.push_back({.path = Split(term->key),
                                      .negated = term->negated,
                                      .values = std::move(term->values),
                                      .absent_is_empty = true});
  }
  return selector;
}

bool Selector::Matches(const nlohmann::json& object) const {
  static const std::string kEmpty;
  return std::all_of(
      requirements_.begin(), requirements_.end(), [&object](const Requirement& requirement) {
        const std::string* value = Lookup(object, requirement.path);
        if (value == nullptr && requirement.absent_is_empty) value = &kEmpty;
        if (value == nullptr) return requirement.negated;
        if (requirement.any_value) return !requirement.negated;
        const bool among = std::find(requirement.values.begin(), requirement.values.end(),
                                     *value) != requirement.values.end();
        return among != requirement.negated;
      });
}

void Selector::And(const Selector& other) {
  requirements_.insert(requirements_.end(), other.requirements_.begin(), other.requirements_.end());
}

}  // namespace clockwork::testing
