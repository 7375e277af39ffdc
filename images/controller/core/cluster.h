#pragma once

// What the scheduler starts from: the GPUs and models that the workers reported (spec/controller.md
// §5.3). Values.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/base/time.h"

namespace clockwork::controller {

struct BatchInfo {
  std::uint32_t batch_size = 0;
  Nanos exec_ns = 0;
};

struct ModelDescription {
  std::uint32_t model_id = 0;
  std::string path;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::uint32_t weights_pages = 0;
  Nanos load_ns = 0;
  std::vector<BatchInfo> batches;  // ascending
  // What the controller sends for a request without input when it generates inputs; else empty.
  std::shared_ptr<const std::string> generated_input;
};

struct WorkerDescription {
  std::uint32_t gpus = 0;
  std::uint32_t pages_per_gpu = 0;
};

struct Cluster {
  std::vector<WorkerDescription> workers;
  // Known to every worker; index = model id. An id that was never given to a model has no batches.
  std::vector<ModelDescription> models;
};

}  // namespace clockwork::controller
