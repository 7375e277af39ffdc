// Messages between client and controller, as either end gets them from the other.

#include "images/common/wire/client_messages.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork::wire;  // NOLINT(google-build-using-namespace)
  using namespace clockwork::fuzz;  // NOLINT(google-build-using-namespace)
  const Choice choice = Choose(data, size, 7);
  switch (choice.kind) {
    case 0:
      DecodeAndBack<InferenceRequest>(choice.rest);
      break;
    case 1:
      DecodeAndBack<InferenceResponse>(choice.rest);
      break;
    case 2:
      DecodeAndBack<LoadModelRequest>(choice.rest);
      break;
    case 3:
      DecodeAndBack<LoadModelResponse>(choice.rest);
      break;
    case 4:
      DecodeAndBack<HeaderOnlyRequest>(choice.rest);
      break;
    case 5:
      DecodeAndBack<EvictResponse>(choice.rest);
      break;
    default:
      DecodeAndBack<LsResponse>(choice.rest);
  }
  return 0;
}
