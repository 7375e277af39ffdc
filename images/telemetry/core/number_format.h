#pragma once

// Numbers as the published tables print them (spec/telemetry.md §2.6): the shortest decimal that
// reads back the same, with a point or an exponent ("27.0", "3e-06", "1e+16", "-0.0"), and an empty
// cell for NaN. Pure.

#include <cstdint>
#include <string>

namespace clockwork::telemetry {

std::string FormatFloat(double value);
std::string FormatInteger(std::int64_t value);

}  // namespace clockwork::telemetry
