#pragma once

// Reads the fields of one JSON object into variables that hold their defaults, and collects
// everything that is wrong as sentences such as `spec.load.periodSeconds: must be a whole number
// from 1 to 86400`. A field that is absent or null keeps its default. Pure; throws nothing.
//
//   FieldReader load = spec.Object("load");
//   load.Integer("periodSeconds", 1, 86'400, &out.period_seconds);
//   load.Finish();   // names the fields nobody asked for

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "operator/api/scalability_experiment.h"

namespace clockwork::api {

// One sentence per wrong field, in reading order.
using FieldErrors = std::vector<std::string>;

// The written names of an enumeration's values.
template <typename E>
using EnumNames = std::span<const std::pair<std::string_view, E>>;

class FieldReader {
 public:
  // `value` may be null (the object is absent). Both pointers must outlive the reader.
  FieldReader(const nlohmann::json* value, std::string path, FieldErrors* errors);

  void Integer(std::string_view name, std::int64_t min, std::int64_t max, std::int64_t* out);
  void Integer(std::string_view name, std::int64_t min, std::int64_t max,
               std::optional<std::int64_t>* out);
  void Integers(std::string_view name, std::int64_t min, std::int64_t max, std::size_t max_count,
                std::vector<std::int64_t>* out);
  void Boolean(std::string_view name, bool* out);
  void Fraction(std::string_view name, Decimal* out);
  void Text(std::string_view name, std::size_t max_bytes, std::string* out);
  // Replaces *out. The entries of a list of objects are read by `read(entry)`, one by one.
  void TextList(std::string_view name, std::size_t max_count, std::size_t max_bytes,
                std::vector<std::string>* out);
  void Objects(std::string_view name, std::size_t max_count,
               const std::function<void(FieldReader)>& read);
  // At most kMaxMapEntries texts by name; replaces *out.
  void Texts(std::string_view name, TextMap* out);
  // The same of any number, length and content: what others have written, such as annotations.
  void OthersTexts(std::string_view name, TextMap* out);
  template <typename E>
  void Choice(std::string_view name, EnumNames<E> names, E* out) {
    std::vector<std::string_view> texts;
    for (const auto& [text, value] : names) texts.push_back(text);
    if (const std::optional<std::size_t> index = ChoiceIndex(name, texts))
      *out = names[*index].second;
  }
  FieldReader Object(std::string_view name);
  // Accepts the field whatever it holds.
  void Ignore(std::string_view name);

  // Whether the object has the field (and not as null).
  bool Has(std::string_view name) const;
  // Records "path.name: sentence", or "path: sentence" for an empty name.
  void Fail(std::string_view name, std::string_view sentence);
  // Reports the fields that were not read, with the nearest known name.
  void Finish();

 private:
  const nlohmann::json* Member(std::string_view name);
  void ReadText(const nlohmann::json& member, std::string_view name, std::size_t max_bytes,
                std::string* out);
  // The list of at most max_count entries of that name; null when there is none.
  const nlohmann::json* List(std::string_view name, std::size_t max_count);
  std::string PathOf(std::string_view name) const;
  std::optional<std::size_t> ChoiceIndex(std::string_view name,
                                         const std::vector<std::string_view>& texts);

  const nlohmann::json* object_ = nullptr;  // null when absent or no object
  std::string path_;
  FieldErrors* errors_;
  std::vector<std::string> known_;
};

// The candidate that `text` was probably meant to be; nothing when none is near.
std::optional<std::string> NearestName(std::string_view text,
                                       const std::vector<std::string>& candidates);

}  // namespace clockwork::api
