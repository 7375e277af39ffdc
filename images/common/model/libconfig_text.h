#pragma once

// A remedy for a trap of libconfig: a whole number without the suffix L is silently cut to 32 bits.
// Pure, over text.

#include <string>
#include <string_view>

namespace clockwork {

// The text with the suffix L on every whole number that lacks it; strings, comments, names and
// decimal numbers are left alone. Lines stay where they are. Malformed text stays malformed.
std::string WithWideIntegers(std::string_view text);

}  // namespace clockwork
