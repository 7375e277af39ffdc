#include "images/common/model/zoo_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "images/common/base/file.h"
#include "images/common/model/clockwork_file.h"
#include "images/common/model/measurements.h"

namespace clockwork {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxMetadataBytes = 64U << 20U;
constexpr std::size_t kMaxMeasurementsBytes = 1U << 20U;

bool Exists(const std::string& path) {
  std::error_code code;
  return fs::exists(path, code);
}

ModelRead Failed(std::int32_t status, std::string message) {
  return {status, std::move(message), {}};
}

std::vector<std::uint32_t> BatchSizesOf(const std::string& path) {
  std::vector<std::uint32_t> sizes;
  for (std::uint32_t b = 1; b <= kMaxBatchSize; b *= 2) {
    if (!Exists(fmt::format("{}.{}.so", path, b))) break;
    if (!Exists(fmt::format("{}.{}.clockwork", path, b))) break;
    sizes.push_back(b);
  }
  return sizes;
}

Result<ClockworkFile> ReadMetadata(const std::string& file_path, std::uint64_t page_bytes) {
  auto bytes = ReadFile(file_path, kMaxMetadataBytes);
  if (!bytes.ok()) return bytes.error();
  auto metadata = ParseClockworkFile(*bytes);
  if (!metadata.ok()) {
    return RuntimeError(
        fmt::format("{} is no model metadata: {}", file_path, metadata.error().message));
  }
  if (metadata->page_bytes != page_bytes) {
    return RuntimeError(fmt::format("{} was made for pages of {} bytes, this worker's have {}",
                                    file_path, metadata->page_bytes, page_bytes));
  }
  return metadata;
}

Result<Measurements> ReadMeasurements(const std::string& file_path) {
  auto text = ReadFile(file_path, kMaxMeasurementsBytes);
  if (!text.ok()) return text.error();
  auto measurements = ParseMeasurements(*text);
  if (!measurements.ok()) {
    return RuntimeError(fmt::format("{}: {}", file_path, measurements.error().message));
  }
  return measurements;
}

}  // namespace

Result<std::vector<ZooEntry>> ListZooDirectory(const std::string& directory) {
  std::vector<ZooEntry> entries;
  std::error_code code;
  // Paths go to workers that may run elsewhere, so they must not depend on a working directory.
  const fs::path root = fs::absolute(directory, code).lexically_normal();
  fs::directory_iterator iterator(root, code);
  if (code) {
    return UsageError(
        fmt::format("cannot list the model zoo {}: {}; name a directory, or one of "
                    "the built-in zoos",
                    directory, code.message()));
  }
  for (; iterator != fs::directory_iterator(); iterator.increment(code)) {
    const fs::path model = iterator->path() / "model";
    if (!Exists(model.string() + ".clockwork_params")) continue;
    if (entries.size() == kMaxZooEntries) {
      return UsageError(
          fmt::format("the model zoo {} has more than {} models", directory, kMaxZooEntries));
    }
    entries.push_back({iterator->path().filename().string(), model.string()});
    if (code) break;
  }
  if (entries.empty()) {
    return UsageError(fmt::format(
        "the model zoo {} holds no model: none of its directories has a model.clockwork_params",
        directory));
  }
  std::sort(entries.begin(), entries.end(),
            [](const ZooEntry& a, const ZooEntry& b) { return a.name < b.name; });
  return entries;
}

ModelRead ReadModel(const std::string& path, std::uint64_t page_bytes) {
  const std::vector<std::uint32_t> batch_sizes = BatchSizesOf(path);
  if (batch_sizes.empty()) {
    return Failed(kStatusBadModel,
                  fmt::format("no model at {}: {}.1.so and {}.1.clockwork must both exist", path,
                              path, path));
  }
  const auto metadata = ReadMetadata(path + ".1.clockwork", page_bytes);
  if (!metadata.ok()) return Failed(kStatusBadModel, metadata.error().message);
  const auto measurements = ReadMeasurements(path + ".measurements");
  if (!measurements.ok()) return Failed(kStatusBadMeasurements, measurements.error().message);
  ModelRead read;
  read.spec = {.name = fs::path(path).parent_path().filename().string(),
               .input_bytes = (*metadata).input_bytes,
               .output_bytes = (*metadata).output_bytes,
               .weights_bytes = page_bytes * (*metadata).weights_pages,
               .weights_pages = (*metadata).weights_pages,
               .load_ns = (*measurements).load_ns,
               .batches = {}};
  for (const std::uint32_t b : batch_sizes) {
    read.spec.batches.push_back({b, (*measurements).ExecNs(b)});
  }
  return read;
}

}  // namespace clockwork
