#pragma once

// Environment variables of spec/cli.md §1.4. Read in main only.

#include <string>

namespace clockwork {

// The variable's value, or `fallback` when it is unset or empty.
std::string EnvironmentOr(const char* name, const std::string& fallback);

}  // namespace clockwork
