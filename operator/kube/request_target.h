#pragma once

// Paths and queries of requests, percent-encoded. Pure. ResourcePath is declared in client.h.

#include <string>
#include <string_view>

namespace clockwork::kube {

// Everything but letters, digits and "-._~" becomes %XX.
std::string PercentEncode(std::string_view text);

// "?name=value&name=value" in the order of Add; empty values are left out.
class Query {
 public:
  Query& Add(std::string_view name, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Why `name` cannot stand in a path, or nothing. An empty name would address the whole collection,
// and "." or ".." another one.
const char* RefuseName(std::string_view name);

}  // namespace clockwork::kube
