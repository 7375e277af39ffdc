#include "operator/api/yaml_document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace clockwork::api {
namespace {

using Json = nlohmann::json;

// yaml-cpp counts lines and columns from 0; -1 means "unknown".
Error At(const YAML::Mark& mark, std::string_view sentence) {
  if (mark.line < 0) return UsageError(std::string(sentence));
  return UsageError(
      fmt::format("line {}, column {}: {}", mark.line + 1, mark.column + 1, sentence));
}

template <typename Number>
std::optional<Number> WholeText(const std::string& text) {
  Number value{};
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stopped, code] = std::from_chars(begin, end, value);
  if (code != std::errc() || stopped != end || begin == end) return std::nullopt;
  return value;
}

Json PlainScalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (const auto whole = WholeText<std::int64_t>(text)) return *whole;
  // from_chars would also read "inf" and "nan", which are text here.
  if (text.find_first_of("0123456789") != std::string::npos) {
    if (const auto number = WholeText<double>(text); number && std::isfinite(*number))
      return *number;
  }
  return text;
}

// Bytes of the UTF-8 character at the front of `text`; 0 when there is none.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  // Too long for what they say, halves of pairs, and beyond the last character.
  const unsigned second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90)) {
    return 0;
  }
  return length;
}

// What is written from an experiment is JSON, which is UTF-8.
Status CheckUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = Utf8Length(text.substr(at));
    if (length == 0) {
      const auto line =
          1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
      return UsageError(fmt::format("line {}: is not UTF-8 text; save the file as UTF-8", line));
    }
    at += length;
  }
  return {};
}

// Goes through a text's documents before any is built. yaml-cpp finds an empty document again and
// again in front of a character that begins none, such as the comma in "{a: 1},".
class DocumentScan : public YAML::EventHandler {
 public:
  // An error when the text holds anything but documents.
  Status Scan(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    int last_begin = -1;
    while (parser.HandleNextDocument(*this)) {
      if (begin_.pos == last_begin) {
        return At(begin_, "not valid YAML: what follows does not belong to the document");
      }
      last_begin = begin_.pos;
    }
    return {};
  }

  void OnDocumentStart(const YAML::Mark& mark) override { begin_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}

 private:
  YAML::Mark begin_;
};

class Converter {
 public:
  Result<Json> Convert(const YAML::Node& node, std::size_t depth) {
    if (++nodes_ > kMaxDocumentNodes) {
      return At(node.Mark(),
                fmt::format("the document has more than {} values", kMaxDocumentNodes));
    }
    if (depth > kMaxDocumentDepth) {
      return At(node.Mark(), fmt::format("nested deeper than {} levels", kMaxDocumentDepth));
    }
    // Plain nodes carry "?" or nothing, quoted scalars "!".
    const std::string& tag = node.Tag();
    if (!tag.empty() && tag != "?" && tag != "!") {
      return At(node.Mark(), fmt::format("the tag {} is not supported; remove it", tag));
    }
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return tag == "!" ? Json(node.Scalar()) : PlainScalar(node.Scalar());
      case YAML::NodeType::Sequence:
        return Sequence(node, depth);
      case YAML::NodeType::Map:
        return Mapping(node, depth);
      default:
        return Json(nullptr);
    }
  }

 private:
  Result<Json> Sequence(const YAML::Node& node, std::size_t depth) {
    Json list = Json::array();
    for (const YAML::Node& item : node) {
      auto value = Convert(item, depth + 1);
      if (!value.ok()) return value;
      list.push_back(std::move(*value));
    }
    return list;
  }

  Result<Json> Mapping(const YAML::Node& node, std::size_t depth) {
    Json object = Json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return At(entry.first.Mark(), "a key must be a plain text");
      const std::string& key = entry.first.Scalar();
      if (object.contains(key)) {
        return At(entry.first.Mark(), fmt::format("{} is given twice; remove one", key));
      }
      auto value = Convert(entry.second, depth + 1);
      if (!value.ok()) return value;
      object[key] = std::move(*value);
    }
    return object;
  }

  std::size_t nodes_ = 0;
};

void Write(const nlohmann::ordered_json& value, YAML::Emitter& out) {
  if (value.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, member] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      Write(member, out);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    out << YAML::Flow << YAML::BeginSeq;
    for (const auto& item : value) Write(item, out);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (PlainScalar(text).is_string()) {
      out << text;
    } else {
      out << YAML::DoubleQuoted << text;
    }
  } else {
    out << value.dump();
  }
}

}  // namespace

Result<Json> ParseYamlDocument(std::string_view text) {
  if (text.size() > kMaxDocumentBytes) {
    return UsageError(
        fmt::format("is {} bytes long; at most {} are allowed", text.size(), kMaxDocumentBytes));
  }
  if (Status status = CheckUtf8(text); !status.ok()) return status.error();
  try {
    const std::string whole(text);
    if (Status status = DocumentScan().Scan(whole); !status.ok()) return status.error();
    std::vector<YAML::Node> documents;
    for (const YAML::Node& node : YAML::LoadAll(whole)) {
      if (node.IsDefined() && !node.IsNull()) documents.push_back(node);
    }
    if (documents.empty()) return UsageError("holds no experiment; it is empty");
    if (documents.size() > 1) {
      return At(documents[1].Mark(), "a second document starts here; give one experiment per file");
    }
    return Converter().Convert(documents.front(), 1);
  } catch (const YAML::Exception& error) {
    return At(error.mark, fmt::format("not valid YAML: {}", error.msg));
  }
}

std::string WriteYamlDocument(const nlohmann::ordered_json& document) {
  YAML::Emitter out;
  Write(document, out);
  return std::string(out.c_str()) + "\n";
}

}  // namespace clockwork::api
