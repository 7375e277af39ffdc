#pragma once

// Stand-in zoo directories of the original's kind: what a worker and a client look at, nothing else
// (spec/worker.md §4.3). Link clockwork_zoo_support.

#include <cstdint>
#include <string>

#include "images/common/model/model.h"

namespace clockwork::testing {

// Writes <directory>/<spec.name>/model.* with an empty .so and metadata for each batch size,
// measurements and an empty .clockwork_params. Returns the model's path, <directory>/<name>/model.
// Fails the test when a file cannot be written.
std::string WriteStandInModel(const std::string& directory, const ModelSpec& spec,
                              std::uint64_t page_bytes = kPageBytes);

// Writes a whole file; fails the test when that is impossible.
void WriteWholeFile(const std::string& path, const std::string& content);

// The file's text of P.measurements for the spec.
std::string MeasurementsText(const ModelSpec& spec);

}  // namespace clockwork::testing
