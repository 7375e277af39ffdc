#pragma once

// What the numbers were measured on.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "images/common/base/result.h"
#include "operator/local/programs.h"
#include "operator/local/wait.h"

namespace clockwork::local {

// {"cpu", "cores", "memoryBytes", "kernel", "programs": {"controller": "controller 0.1.0 (…)", …}}.
// Runs each program with --version, which also shows that it can run at all; the output goes to
// files in `scratch_directory`. An error names the program.
Result<nlohmann::ordered_json> DescribeMachine(const Programs& programs,
                                               const std::string& scratch_directory,
                                               Interrupts* interrupts);

}  // namespace clockwork::local
