#pragma once

// The built-in model zoos. Their tables (model_zoo_*.csv, see ORIGIN.md) are compiled in, so
// nothing has to be installed. Pure; safe from any thread.
//
// A built-in model is named on the wire by a path that is no file, "builtin:<zoo>/<model>", which a
// worker resolves without any directory.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/model/model.h"

namespace clockwork {

inline constexpr std::string_view kBuiltinPathPrefix = "builtin:";

struct Zoo {
  std::string name;
  std::string origin;             // one sentence for people: whose measurements these are
  std::string published_first;    // the model that order `published` puts first, or empty
  std::vector<ModelSpec> models;  // by name, byte order
};

enum class ModelOrder {
  kPublished,     // published_first, then the rest by name; without a published_first: by name
  kAlphabetical,  // by name, byte order
};

// "v100-osdi20" (the 61 models of the OSDI'20 paper on a V100) and "h100".
const std::vector<Zoo>& BuiltinZoos();

// Null when there is no such zoo.
const Zoo* FindBuiltinZoo(std::string_view name);

// "v100-osdi20, h100": for messages.
std::string BuiltinZooNames();

bool IsBuiltinPath(std::string_view path);
std::string BuiltinModelPath(std::string_view zoo, std::string_view model);

// The model behind "builtin:<zoo>/<model>"; null when the path is none of ours or names nothing.
// The pointer stays valid for the life of the process.
const ModelSpec* FindBuiltinModel(std::string_view path);

// The same for a worker with pages of `page_bytes`; every other path fails with kStatusBadModel.
ModelRead ReadBuiltinModel(std::string_view path, std::uint64_t page_bytes = kPageBytes);

// The zoo's models with their wire paths, in the order asked for.
std::vector<ZooEntry> ZooEntries(const Zoo& zoo, ModelOrder order);

}  // namespace clockwork
