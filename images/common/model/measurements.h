#pragma once

// The measured times of a model, P.measurements (spec/worker.md §4.3): libconfig syntax, whole
// nanoseconds, with or without the suffix L.
//
//   weights = 8310000L;      // copying the weights to a GPU
//   b1 = 2730000L;           // executing a batch of 1; likewise b2, b4, ...
//
// Pure, over the file's text. Settings with other names are ignored.

#include <cstdint>
#include <map>
#include <string>

#include "images/common/base/result.h"
#include "images/common/base/time.h"

namespace clockwork {

struct Measurements {
  Nanos load_ns = 0;
  std::map<std::uint32_t, Nanos> exec_ns;  // by batch size; sizes without a setting are absent

  // 0 for a batch size without a setting, as in the original.
  Nanos ExecNs(std::uint32_t batch_size) const {
    const auto found = exec_ns.find(batch_size);
    return found == exec_ns.end() ? 0 : found->second;
  }
};

// Errors: malformed text (with the line), no `weights`, a value that is no whole number from 0 to
// kMaxModelTimeNs (model.h). The message does not know the path.
Result<Measurements> ParseMeasurements(const std::string& text);

}  // namespace clockwork
