#pragma once

// Which versions of the programs measured what: an experiment that is continued after an update
// must not pass for one measurement in silence. Pure.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "images/common/plan/trial_record.h"

namespace clockwork::plan {

// By name of the program: what it says with --version.
using Versions = std::map<std::string, std::string>;

// "2 of the 3 finished trials were measured by other versions (client 0.1.0 (…)) than the programs'
// of now (client 0.1.0 (…))"; nothing when none was. A version that a record does not tell counts
// as another one, and so does one that names no single build (IsCommitted), which is then said.
// Programs that `now` does not name do not count.
std::optional<std::string> DescribeOtherVersions(
    const std::vector<std::optional<TrialRecord>>& records, const Versions& now);

// The versions of a trial's programs without the programs' names, each once: "0.1.0 (…)" when all
// are of one build; "unknown version" when its record tells none.
std::string VersionsOf(const TrialRecord& record);

}  // namespace clockwork::plan
