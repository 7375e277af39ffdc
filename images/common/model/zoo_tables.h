#pragma once

// The compiled-in text of model_zoo_*.csv, written by CMake from zoo_tables.cc.in.

#include <string_view>

namespace clockwork {

extern const std::string_view kV100ZooCsv;
extern const std::string_view kH100ZooCsv;

}  // namespace clockwork
