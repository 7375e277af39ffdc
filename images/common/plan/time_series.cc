#include "images/common/plan/time_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "images/common/base/parse.h"

namespace clockwork::plan {
namespace {

constexpr std::array<std::string_view, 4> kColumns = {"bucket", "goodput", "throughput",
                                                      "batchsize"};
using Places = std::array<std::size_t, kColumns.size()>;

Result<Places> FindColumns(const std::vector<std::string_view>& header) {
  Places places{};
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto found = std::find(header.begin(), header.end(), kColumns[i]);
    if (found == header.end())
      return RuntimeError(fmt::format("column {} is missing", kColumns[i]));
    places[i] = static_cast<std::size_t>(found - header.begin());
  }
  return places;
}

Result<Bucket> ReadRow(const std::vector<std::string_view>& cells, const Places& places) {
  std::array<double, kColumns.size()> values{};
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    if (places[i] >= cells.size()) return RuntimeError("the row is cut");
    auto value = ParseDecimal(kColumns[i], cells[places[i]]);
    if (!value.ok()) return RuntimeError(value.error().message);
    values[i] = *value;
  }
  return Bucket{static_cast<std::int64_t>(values[0]), values[1], values[2], values[3]};
}

}  // namespace

Result<std::vector<Bucket>> ParseBuckets(std::string_view table) {
  std::vector<std::string_view> lines = Split(table, '\n');
  if (lines.back().empty()) lines.pop_back();
  if (lines.empty()) return RuntimeError("the table is empty");
  auto places = FindColumns(Split(lines[0], '\t'));
  if (!places.ok()) return places.error();
  std::vector<Bucket> buckets;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto row = ReadRow(Split(lines[i], '\t'), *places);
    if (!row.ok()) return RuntimeError(fmt::format("line {}: {}", i + 1, row.error().message));
    buckets.push_back(*row);
  }
  return buckets;
}

Result<std::optional<Peak>> FindPeak(std::string_view table) {
  const auto buckets = ParseBuckets(table);
  if (!buckets.ok()) return buckets.error();
  std::optional<Peak> peak;
  for (const Bucket& bucket : *buckets) {
    if (!peak || bucket.goodput_rps > peak->goodput_rps) peak = bucket;
  }
  return peak;
}

Result<std::string> JoinAggregates(const std::vector<AggregatePart>& parts) {
  std::string heading;
  for (const AggregatePart& part : parts) {
    if (!part.table) continue;
    const std::vector<std::string_view> lines = Split(*part.table, '\n');
    if (lines.size() < 2 || lines[1].empty() || (!heading.empty() && heading != lines[0])) {
      return RuntimeError(
          fmt::format("the aggregate of N = {} is no table of one row", part.workers));
    }
    heading = lines[0];
  }
  const auto cells = static_cast<std::size_t>(std::count(heading.begin(), heading.end(), '\t'));
  std::string table = heading + "\n";
  for (const AggregatePart& part : parts) {
    table += part.table ? std::string(Split(*part.table, '\n')[1])
                        : fmt::format("{}{}", part.workers, std::string(cells, '\t'));
    table += '\n';
  }
  return table;
}

}  // namespace clockwork::plan
