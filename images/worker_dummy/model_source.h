#pragma once

// Looks up a model by the path that a client sent: built in, or in files (spec/worker.md §4.3).

#include <cstdint>
#include <string>

#include "images/common/model/model.h"

namespace clockwork::worker {

ModelRead LookUpModel(const std::string& path, std::uint64_t page_bytes);

}  // namespace clockwork::worker
