#include "operator/plan/versions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <set>

#include "images/common/base/version.h"

namespace clockwork::plan {

std::optional<std::string> DescribeOtherVersions(
    const std::vector<std::optional<TrialRecord>>& records, const Versions& now) {
  std::size_t finished = 0;
  std::size_t others = 0;
  std::set<std::string> theirs;
  std::set<std::string> ours;
  bool namesakes = false;
  for (const std::optional<TrialRecord>& record : records) {
    if (!record) continue;
    ++finished;
    bool same = true;
    for (const auto& [name, use] : record->programs) {
      const auto found = now.find(name);
      if (found == now.end()) continue;
      const bool namesake = found->second == use.version;
      if (namesake && IsCommitted(use.version)) continue;
      namesakes |= namesake;
      same = false;
      theirs.insert(use.version.empty() ? name + ", unknown" : use.version);
      ours.insert(found->second);
    }
    if (!same) ++others;
  }
  if (others == 0) return std::nullopt;
  return fmt::format(
      "{} of the {} finished trials were measured by other versions ({}) than the programs' of "
      "now ({}){}",
      others, finished, fmt::join(theirs, "; "), fmt::join(ours, "; "),
      namesakes ? ", or may have been: -dirty and unknown are the names of many builds" : "");
}

std::string VersionsOf(const TrialRecord& record) {
  std::set<std::string> versions;
  for (const auto& [name, use] : record.programs) {
    const bool named = use.version.starts_with(name + " ");
    if (!use.version.empty()) versions.insert(use.version.substr(named ? name.size() + 1 : 0));
  }
  return versions.empty() ? "unknown version" : fmt::format("{}", fmt::join(versions, " + "));
}

}  // namespace clockwork::plan
