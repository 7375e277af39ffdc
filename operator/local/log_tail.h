#pragma once

#include <string>

namespace clockwork::local {

// The last non-empty line of a program's log, for error messages: cut to one screen line, control
// characters removed. Empty when there is none or the file cannot be read.
std::string LastLine(const std::string& path);

}  // namespace clockwork::local
