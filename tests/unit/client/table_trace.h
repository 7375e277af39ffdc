#pragma once

// A small trace for tests: per function a pattern of counts that repeats over the day.

#include <initializer_list>
#include <string>
#include <vector>

#include "images/client/core/trace.h"

namespace clockwork::client {

class TableTrace final : public Trace {
 public:
  using Pattern = std::vector<std::uint32_t>;

  // TableTrace{{3, 0, 120}, {5}} has two functions.
  TableTrace(std::initializer_list<Pattern> patterns) : patterns_(patterns) {}

  std::size_t functions() const override { return patterns_.size(); }
  std::uint32_t Count(std::uint32_t function, std::uint32_t minute) const override {
    const Pattern& pattern = patterns_[function];
    return pattern[minute % pattern.size()];
  }
  bool HasCalls(std::uint32_t function) const override {
    for (const std::uint32_t count : patterns_[function]) {
      if (count != 0) return true;
    }
    return false;
  }
  std::string Description() const override { return "table"; }

 private:
  std::vector<Pattern> patterns_;
};

}  // namespace clockwork::client
