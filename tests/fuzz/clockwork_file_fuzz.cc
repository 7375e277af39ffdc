// The binary metadata of a model.

#include "images/common/model/clockwork_file.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork;  // NOLINT(google-build-using-namespace)
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto file = ParseClockworkFile(bytes);
  if (!file.ok()) {
    FUZZ_CHECK(!file.error().message.empty());
    return 0;
  }
  // What was understood is bounded by what the file can hold.
  FUZZ_CHECK(file->weights_pages <= size);
  return 0;
}
