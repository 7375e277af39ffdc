#include "images/common/model/zoo_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "images/common/base/parse.h"

namespace clockwork {
namespace {

// The published table prints kB rounded; these are the float tensors that it stands for: images of
// 3x224x224, 3x299x299, 3x256x192 and 3x32x32, heat maps of 17x64x48, scores of 1000, 400 and 10.
constexpr std::pair<std::string_view, std::uint64_t> kTensorBytesOfKb[] = {
    {"602", 602'112}, {"1073", 1'072'812}, {"590", 589'824}, {"12", 12'288},
    {"209", 208'896}, {"4", 4'000},        {"1.6", 1'600},   {"0.04", 40}};

Result<std::uint64_t> TensorBytes(std::string_view kb) {
  for (const auto& [text, bytes] : kTensorBytesOfKb) {
    if (text == kb) return bytes;
  }
  return UsageError(fmt::format("'{}' kB is the size of no known tensor", kb));
}

// The number after "b" in "b<N>_ms", or 0 for any other column.
std::uint32_t BatchSizeOfColumn(std::string_view column) {
  if (!column.starts_with("b") || !column.ends_with("_ms")) return 0;
  auto batch = ParseInteger(column, column.substr(1, column.size() - 4), 1, kMaxBatchSize);
  return batch.ok() ? static_cast<std::uint32_t>(*batch) : 0;
}

Result<std::uint64_t> Scaled(std::string_view text, int digits, std::uint64_t max) {
  auto value = ParseScaledDecimal(text, digits);
  if (!value.ok()) return value.error();
  const auto scaled = static_cast<std::uint64_t>(*value);
  if (scaled > max) return UsageError(fmt::format("'{}' is too large", text));
  return scaled;
}

// Puts one cell into the model. Unknown columns are ignored.
Status Place(std::string_view column, std::string_view text, ModelSpec* model) {
  Result<std::uint64_t> value = std::uint64_t{0};
  if (column == "model") {
    if (text.empty()) return UsageError("the name is empty");
    model->name = std::string(text);
  } else if (column == "input_kB" || column == "output_kB") {
    value = TensorBytes(text);
    if (value.ok()) (column == "input_kB" ? model->input_bytes : model->output_bytes) = *value;
  } else if (column == "input_bytes" || column == "output_bytes") {
    value = Scaled(text, 0, kMaxTensorBytes);
    if (value.ok()) (column == "input_bytes" ? model->input_bytes : model->output_bytes) = *value;
  } else if (column == "weights_MB" || column == "weights_bytes") {
    value = Scaled(text, column == "weights_MB" ? 6 : 0, kMaxWeightsBytes);
    if (value.ok()) model->weights_bytes = *value;
  } else if (column == "transfer_ms") {
    value = Scaled(text, 6, kMaxModelTimeNs);
    if (value.ok()) model->load_ns = static_cast<Nanos>(*value);
  } else if (const std::uint32_t batch_size = BatchSizeOfColumn(column); batch_size != 0) {
    value = Scaled(text, 6, kMaxModelTimeNs);
    if (value.ok()) model->batches.push_back({batch_size, static_cast<Nanos>(*value)});
  }
  return value.status();
}

bool IsLeftOut(const std::vector<std::string_view>& columns,
               const std::vector<std::string_view>& cells) {
  for (std::size_t i = 0; i < std::min(columns.size(), cells.size()); ++i) {
    if (columns[i] == "in_osdi20_table2" && cells[i] == "0") return true;
  }
  return false;
}

// One data line.
Result<ModelSpec> ParseLine(const std::vector<std::string_view>& columns,
                            const std::vector<std::string_view>& cells) {
  if (cells.size() != columns.size()) {
    return UsageError(fmt::format("{} cells, the header has {}", cells.size(), columns.size()));
  }
  ModelSpec model;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (Status status = Place(columns[i], cells[i], &model); !status.ok()) {
      return UsageError(fmt::format("column {}: {}", columns[i], status.error().message));
    }
  }
  if (model.name.empty() || model.weights_bytes == 0 || model.batches.empty()) {
    return UsageError("needs the columns model, weights and at least one b<N>_ms");
  }
  std::sort(model.batches.begin(), model.batches.end(),
            [](const BatchTime& a, const BatchTime& b) { return a.batch_size < b.batch_size; });
  model.weights_pages = PagesOf(model.weights_bytes);
  return model;
}

}  // namespace

Result<std::int64_t> ParseScaledDecimal(std::string_view text, int digits) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point < text.size() ? text.substr(point + 1) : "";
  const bool digits_only =
      text.find_first_not_of("0123456789.") == text.npos && fraction.find('.') == fraction.npos;
  if (whole.empty() || !digits_only || (fraction.empty() && point < text.size())) {
    return UsageError(fmt::format("'{}' is not a decimal number", text));
  }
  if (fraction.size() > static_cast<std::size_t>(digits)) {
    return UsageError(fmt::format("'{}' has more than {} digits after the point", text, digits));
  }
  std::string scaled = fmt::format("{}{}", whole, fraction);
  scaled.append(static_cast<std::size_t>(digits) - fraction.size(), '0');
  return ParseInteger("the scaled number", scaled, 0, INT64_MAX);
}

Result<std::vector<ModelSpec>> ParseZooCsv(std::string_view text) {
  std::vector<std::string_view> lines = Split(text, '\n');
  const std::vector<std::string_view> columns = Split(lines.front(), ',');
  std::map<std::string, ModelSpec> models;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::vector<std::string_view> cells = Split(lines[i], ',');
    if (IsLeftOut(columns, cells)) continue;
    auto model = ParseLine(columns, cells);
    if (!model.ok()) {
      return UsageError(fmt::format("line {}: {}", i + 1, model.error().message));
    }
    const std::string name = model->name;
    if (!models.emplace(name, std::move(*model)).second) {
      return UsageError(fmt::format("line {}: model {} occurs twice", i + 1, name));
    }
  }
  std::vector<ModelSpec> sorted;
  sorted.reserve(models.size());
  for (auto& [name, model] : models) sorted.push_back(std::move(model));
  return sorted;
}

}  // namespace clockwork
