// Bodies of answers that are errors. Whatever they hold, the error is one bounded line of UTF-8.

#include <string>
#include <string_view>

#include "operator/kube/client.h"
#include "operator/kube/json_text.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork::kube;  // NOLINT(google-build-using-namespace)
  const auto choice = clockwork::fuzz::Choose(data, size, 256);
  const int status = 400 + static_cast<int>(choice.kind);
  const ApiError error = DecodeStatus({status, std::string(choice.rest), 0});
  FUZZ_CHECK(error.code == status);
  FUZZ_CHECK(error.retry_after_ns >= 0);
  for (const std::string& text : {error.message, error.reason}) {
    FUZZ_CHECK(text.size() <= kMaxMessageBytes + 3);
    FUZZ_CHECK(text.find('\n') == std::string::npos);
    FUZZ_CHECK(!Json(text).dump().empty());  // throws where it is no UTF-8
  }
  return 0;
}
