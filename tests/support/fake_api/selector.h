#pragma once

// Label and field selectors: as much of them as clients of the project and kubectl send. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace clockwork::testing {

class Selector {
 public:
  // a=b, a==b, a!=b, a in (b,c), a notin (b,c), a, !a; joined by commas. Nothing when malformed.
  static std::optional<Selector> Labels(std::string_view text);
  // metadata.name=x, status.phase!=Failed, ...: any path of strings; = == != joined by commas.
  static std::optional<Selector> Fields(std::string_view text);

  bool Matches(const nlohmann::json& object) const;
  // Both must match.
  void And(const Selector& other);

 private:
  struct Requirement {
    std::vector<std::string> path;  // within the object
    bool negated = false;           // none of the values, or absent
    bool any_value = false;         // it must exist
    std::vector<std::string> values = {};
    bool absent_is_empty = false;  // of fields
  };
  std::vector<Requirement> requirements_;
};

}  // namespace clockwork::testing
