#include "operator/kube/request_target.h"

#include "operator/kube/client.h"

namespace clockwork::kube {
namespace {

bool Unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void AppendPart(std::string_view part, std::string* path) {
  if (part.empty()) return;
  *path += '/';
  *path += PercentEncode(part);
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (Unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4U];
    encoded += kDigits[byte & 0xFU];
  }
  return encoded;
}

Query& Query::Add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += text_.empty() ? '?' : '&';
  text_ += PercentEncode(name);
  text_ += '=';
  text_ += PercentEncode(value);
  return *this;
}

const char* RefuseName(std::string_view name) {
  if (name.empty()) return "the name is empty";
  if (name == "." || name == "..") return "the name is a path";
  if (name.find_first_of("/%") != std::string_view::npos) return "the name holds a / or a %";
  return nullptr;
}

std::string ResourcePath(const ResourceType& type, std::string_view name_space,
                         std::string_view name, std::string_view subresource) {
  std::string path = type.group.empty() ? "/api" : "/apis";
  AppendPart(type.group, &path);
  AppendPart(type.version, &path);
  if (type.namespaced && !name_space.empty()) {
    path += "/namespaces";
    AppendPart(name_space, &path);
  }
  AppendPart(type.plural, &path);
  AppendPart(name, &path);
  AppendPart(subresource, &path);
  return path;
}

}  // namespace clockwork::kube
