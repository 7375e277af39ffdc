#include "tests/kind/claim_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

namespace clockwork::testing {
namespace {

using nlohmann::json;
using Row = std::map<std::string, std::string>;

constexpr const char* kInferAction = "2";
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::vector<std::string> Split(const std::string& line, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(line);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// The named columns of every row of a table with a header line.
std::vector<Row> Table(const std::string& text, const std::vector<std::string>& columns) {
  std::istringstream stream(text);
  std::string line;
  std::getline(stream, line);
  const std::vector<std::string> header = Split(line, '\t');
  std::vector<Row> rows;
  while (std::getline(stream, line)) {
    const std::vector<std::string> cells = Split(line, '\t');
    if (cells.size() != header.size()) continue;
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (std::find(columns.begin(), columns.end(), header[i]) != columns.end()) {
        row[header[i]] = cells[i];
      }
    }
  }
  return rows;
}

std::int64_t FirstTime(const std::vector<Row>& rows) {
  std::int64_t first = INT64_MAX;
  for (const Row& row : rows) {
    first = std::min<std::int64_t>(first, std::stoll(row.at("t")));
  }
  return first;
}

}  // namespace

ClaimFiles::ClaimFiles(const KindCluster& cluster, const std::string& name_space,
                       const std::string& claim)
    : cluster_(cluster) {
  const std::string volume =
      cluster.Kubectl({"-n", name_space, "get", "pvc", claim, "-o", "jsonpath={.spec.volumeName}"})
          .out;
  const json object =
      json::parse(cluster.Kubectl({"get", "pv", volume, "-o", "json"}).out, nullptr, false);
  if (volume.empty() || object.is_discarded()) {
    error_ = "the claim " + claim + " has no volume";
    return;
  }
  const json& spec = object.at("spec");
  directory_ = spec.contains("hostPath") ? spec["hostPath"].value("path", "")
                                         : spec.value("local", json::object()).value("path", "");
  node_ = spec.at(
      "/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions/0/values/0"_json_pointer);
  if (directory_.empty()) error_ = "the volume " + volume + " is no directory of a node";
}

std::vector<std::string> ClaimFiles::List() const {
  return Split(
      cluster_
          .OnNode(node_, fmt::format("cd '{}' && find . -type f -printf '%P\\n' | LC_ALL=C sort",
                                     directory_))
          .out,
      '\n');
}

std::string ClaimFiles::Read(const std::string& path) const {
  return cluster_.OnNode(node_, fmt::format("cat '{}/{}'", directory_, path)).out;
}

std::optional<double> PeakGoodput(const std::string& request_log, const std::string& action_log,
                                  std::int64_t bucket_seconds) {
  const auto requests = Table(request_log, {"t", "result", "deadline_met"});
  const auto actions = Table(action_log, {"t", "action_type"});
  if (requests.empty()) return std::nullopt;
  const std::int64_t start =
      actions.empty() ? FirstTime(requests) : std::max(FirstTime(requests), FirstTime(actions));
  std::map<std::int64_t, std::int64_t> good;  // of each bucket in which something happened
  const auto bucket_of = [&](const Row& row) {
    return (std::stoll(row.at("t")) - start) / (bucket_seconds * kNanosPerSecond);
  };
  for (const Row& action : actions) {
    if (action.at("action_type") == kInferAction) good[bucket_of(action)];
  }
  for (const Row& request : requests) {
    good[bucket_of(request)] += request.at("result") == "0" && request.at("deadline_met") == "1";
  }
  good.erase(std::prev(good.end()));
  if (good.empty()) return std::nullopt;
  std::int64_t most = 0;
  for (const auto& [bucket, count] : good) most = std::max(most, count);
  return static_cast<double>(most) / static_cast<double>(bucket_seconds);
}

}  // namespace clockwork::testing
