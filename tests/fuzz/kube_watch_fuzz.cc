// Lines of a watch. An event that is accepted is written out and accepted again, unchanged.

#include <string_view>

#include "operator/kube/client.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork::kube;  // NOLINT(google-build-using-namespace)
  const auto event = DecodeWatchLine(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!event.ok()) {
    FUZZ_CHECK(!Describe(event.error()).empty());
    return 0;
  }
  if (!*event) return 0;
  FUZZ_CHECK((*event)->object.is_object());
  const Json again = {{"type", "ADDED"}, {"object", (*event)->object}};
  const auto read = DecodeWatchLine(again.dump());
  FUZZ_CHECK(read.ok() && read->has_value());
  FUZZ_CHECK((*read)->object == (*event)->object);
  return 0;
}
