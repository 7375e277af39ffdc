// The file of an experiment. One that is accepted is written out in full and accepted again,
// unchanged.

#include <string_view>

#include <nlohmann/json.hpp>

#include "operator/api/decode.h"
#include "operator/api/encode.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork::api;  // NOLINT(google-build-using-namespace)
  const auto experiment =
      ParseExperiment(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!experiment.ok()) {
    FUZZ_CHECK(!experiment.error().message.empty());
    return 0;
  }
  const auto again = ParseExperiment(EncodeExperiment(*experiment).dump());
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(*again == *experiment);
  return 0;
}
