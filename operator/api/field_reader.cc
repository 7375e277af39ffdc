#include "operator/api/field_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "images/common/base/parse.h"

namespace clockwork::api {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxFractionDigits = 9;
constexpr std::size_t kMaxWholeDigits = 9;
constexpr std::size_t kMaxShownBytes = 60;
constexpr std::size_t kMinPrefixLength = 3;
constexpr std::size_t kMaxEditLength = 64;  // longer names are not compared

// A value as it is shown in a message: one line, cut when long.
std::string Shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kMaxShownBytes) text = text.substr(0, kMaxShownBytes) + "...";
  return text;
}

bool IsDecimal(std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, '.');
  auto digits = [](std::string_view part, std::size_t most) {
    return !part.empty() && part.size() <= most &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return parts.size() <= 2 && digits(parts[0], kMaxWholeDigits) &&
         (parts.size() == 1 || digits(parts[1], kMaxFractionDigits));
}

std::optional<std::int64_t> WholeNumber(const Json& value, std::int64_t min, std::int64_t max) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  const auto number = value.get<std::int64_t>();
  if (number < min || number > max) return std::nullopt;
  return number;
}

std::string WholeNumberSentence(const Json& value, std::int64_t min, std::int64_t max) {
  return fmt::format("must be a whole number from {} to {}, not {}", min, max, Shown(value));
}

// Number of single-character edits between two names, letters compared without case.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> NearestName(std::string_view text,
                                       const std::vector<std::string>& candidates) {
  if (text.size() > kMaxEditLength) return std::nullopt;
  std::optional<std::string> nearest;
  std::size_t best = std::max<std::size_t>(2, text.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(text, candidate);
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  if (nearest || text.size() < kMinPrefixLength) return nearest;
  const auto longer =
      std::find_if(candidates.begin(), candidates.end(),
                   [text](const auto& candidate) { return candidate.starts_with(text); });
  return longer == candidates.end() ? nearest : *longer;
}

FieldReader::FieldReader(const Json* value, std::string path, FieldErrors* errors)
    : path_(std::move(path)), errors_(errors) {
  if (value == nullptr || value->is_null()) return;
  if (!value->is_object()) {
    Fail("", fmt::format("must be an object with fields, not {}", Shown(*value)));
    return;
  }
  object_ = value;
}

std::string FieldReader::PathOf(std::string_view name) const {
  if (path_.empty()) return std::string(name);
  return name.empty() ? path_ : fmt::format("{}.{}", path_, name);
}

void FieldReader::Fail(std::string_view name, std::string_view sentence) {
  const std::string path = PathOf(name);
  errors_->push_back(path.empty() ? std::string(sentence) : fmt::format("{}: {}", path, sentence));
}

bool FieldReader::Has(std::string_view name) const {
  if (object_ == nullptr) return false;
  const auto member = object_->find(name);
  return member != object_->end() && !member->is_null();
}

const Json* FieldReader::Member(std::string_view name) {
  known_.emplace_back(name);
  return Has(name) ? &*object_->find(name) : nullptr;
}

void FieldReader::Ignore(std::string_view name) { known_.emplace_back(name); }

void FieldReader::Integer(std::string_view name, std::int64_t min, std::int64_t max,
                          std::int64_t* out) {
  std::optional<std::int64_t> value;
  Integer(name, min, max, &value);
  if (value) *out = *value;
}

void FieldReader::Integer(std::string_view name, std::int64_t min, std::int64_t max,
                          std::optional<std::int64_t>* out) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  const std::optional<std::int64_t> value = WholeNumber(*member, min, max);
  if (!value) return Fail(name, WholeNumberSentence(*member, min, max));
  *out = value;
}

void FieldReader::Integers(std::string_view name, std::int64_t min, std::int64_t max,
                           std::size_t max_count, std::vector<std::int64_t>* out) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  if (!member->is_array() || member->empty()) {
    return Fail(name, fmt::format("must be a list of whole numbers, not {}", Shown(*member)));
  }
  if (member->size() > max_count) {
    return Fail(name,
                fmt::format("has {} entries; at most {} are allowed", member->size(), max_count));
  }
  out->clear();
  for (std::size_t i = 0; i < member->size(); ++i) {
    const std::optional<std::int64_t> value = WholeNumber((*member)[i], min, max);
    if (value) {
      out->push_back(*value);
    } else {
      Fail(fmt::format("{}[{}]", name, i), WholeNumberSentence((*member)[i], min, max));
    }
  }
}

void FieldReader::Boolean(std::string_view name, bool* out) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  if (!member->is_boolean()) {
    return Fail(name, fmt::format("must be true or false, not {}", Shown(*member)));
  }
  *out = member->get<bool>();
}

void FieldReader::Fraction(std::string_view name, Decimal* out) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  if (member->is_number()) {
    return Fail(name, fmt::format("must be a decimal in quotes: write \"{}\"", Shown(*member)));
  }
  if (!member->is_string() || !IsDecimal(member->get_ref<const std::string&>())) {
    return Fail(name, fmt::format("must be a decimal such as \"0.1\", not {}", Shown(*member)));
  }
  const auto& text = member->get_ref<const std::string&>();
  *out = {text, *ParseDecimal(name, text)};
}

void FieldReader::Text(std::string_view name, std::size_t max_bytes, std::string* out) {
  if (const Json* member = Member(name)) ReadText(*member, name, max_bytes, out);
}

void FieldReader::ReadText(const Json& member, std::string_view name, std::size_t max_bytes,
                           std::string* out) {
  if (!member.is_string()) {
    return Fail(name, fmt::format("must be a text, not {}", Shown(member)));
  }
  const auto& text = member.get_ref<const std::string&>();
  if (text.size() > max_bytes) {
    return Fail(name,
                fmt::format("is {} bytes long; at most {} are allowed", text.size(), max_bytes));
  }
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; })) {
    return Fail(name, "must not contain control characters");
  }
  *out = text;
}

const Json* FieldReader::List(std::string_view name, std::size_t max_count) {
  const Json* member = Member(name);
  if (member == nullptr) return nullptr;
  if (!member->is_array()) {
    Fail(name, fmt::format("must be a list, not {}", Shown(*member)));
    return nullptr;
  }
  if (member->size() > max_count) {
    Fail(name, fmt::format("has {} entries; at most {} are allowed", member->size(), max_count));
    return nullptr;
  }
  return member;
}

void FieldReader::TextList(std::string_view name, std::size_t max_count, std::size_t max_bytes,
                           std::vector<std::string>* out) {
  const Json* list = List(name, max_count);
  if (list == nullptr) return;
  out->assign(list->size(), "");
  for (std::size_t i = 0; i < list->size(); ++i) {
    ReadText((*list)[i], fmt::format("{}[{}]", name, i), max_bytes, &(*out)[i]);
  }
}

void FieldReader::Objects(std::string_view name, std::size_t max_count,
                          const std::function<void(FieldReader)>& read) {
  const Json* list = List(name, max_count);
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    read(FieldReader(&(*list)[i], PathOf(fmt::format("{}[{}]", name, i)), errors_));
  }
}

void FieldReader::Texts(std::string_view name, TextMap* out) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  if (member->is_object() && member->size() > kMaxMapEntries) {
    return Fail(name, fmt::format("has {} entries; at most {} are allowed", member->size(),
                                  kMaxMapEntries));
  }
  FieldReader entries(member, PathOf(name), errors_);
  if (entries.object_ == nullptr) return;
  out->clear();
  for (const auto& [key, value] : member->items()) {
    entries.Text(key, kMaxTextBytes, &(*out)[key]);
  }
}

void FieldReader::OthersTexts(std::string_view name, TextMap* out) {
  const Json* member = Member(name);
  if (member == nullptr) return;
  FieldReader entries(member, PathOf(name), errors_);
  if (entries.object_ == nullptr) return;
  out->clear();
  for (const auto& [key, value] : member->items()) {
    if (value.is_string()) {
      (*out)[key] = value.get<std::string>();
    } else {
      entries.Fail(key, fmt::format("must be a text, not {}", Shown(value)));
    }
  }
}

std::optional<std::size_t> FieldReader::ChoiceIndex(std::string_view name,
                                                    const std::vector<std::string_view>& texts) {
  const Json* member = Member(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_string()) {
    const auto found = std::find(texts.begin(), texts.end(), member->get_ref<const std::string&>());
    if (found != texts.end()) return static_cast<std::size_t>(found - texts.begin());
  }
  Fail(name, texts.size() == 1 ? fmt::format("must be {}, not {}", texts[0], Shown(*member))
                               : fmt::format("must be one of {}, not {}", fmt::join(texts, ", "),
                                             Shown(*member)));
  return std::nullopt;
}

FieldReader FieldReader::Object(std::string_view name) {
  return {Member(name), PathOf(name), errors_};
}

void FieldReader::Finish() {
  if (object_ == nullptr) return;
  for (const auto& [key, value] : object_->items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string shown = key.substr(0, kMaxShownBytes);
    if (const std::optional<std::string> near = NearestName(key, known_)) {
      Fail(shown, fmt::format("unknown field; did you mean {}?", *near));
    } else {
      Fail(shown, fmt::format("unknown field; known here: {}", fmt::join(known_, ", ")));
    }
  }
}

}  // namespace clockwork::api
