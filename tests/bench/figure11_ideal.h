#pragma once

// The ideal beside an experiment, kept in its directory because finding it takes a minute for a
// large N.

#include <cstdint>
#include <optional>
#include <string>

#include "images/common/base/result.h"
#include "tests/bench/figure11_report.h"

namespace clockwork::bench {

Status WriteIdeal(const std::string& directory, const Ideal& ideal);
// Nothing: there is none, it is damaged, or a version wrote it that did not keep the steps.
std::optional<Ideal> ReadIdeal(const std::string& directory);

// The ideal of this N as this very program, of this `version`, finds it: what the directory keeps,
// if the same version found it and names one build (IsCommitted), else found now and kept. It says
// so on stderr. Where it cannot be kept, the log says so.
Ideal IdealOf(const std::string& directory, std::int64_t workers, std::int64_t period_seconds,
              const std::string& version);

}  // namespace clockwork::bench
