// Actions and results between controller and worker, as either end gets them from the other.

#include "images/common/wire/worker_messages.h"
#include "tests/fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork::wire;  // NOLINT(google-build-using-namespace)
  using namespace clockwork::fuzz;  // NOLINT(google-build-using-namespace)
  const Choice choice = Choose(data, size, 11);
  switch (choice.kind) {
    case 0:
      DecodeAndBack<LoadModelAction>(choice.rest);
      break;
    case 1:
      DecodeAndBack<LoadWeightsAction>(choice.rest);
      break;
    case 2:
      DecodeAndBack<EvictWeightsAction>(choice.rest);
      break;
    case 3:
      DecodeAndBack<InferAction>(choice.rest);
      break;
    case 4:
      DecodeAndBack<PlainAction>(choice.rest);
      break;
    case 5:
      DecodeAndBack<ErrorResult>(choice.rest);
      break;
    case 6:
      DecodeAndBack<LoadModelResult>(choice.rest);
      break;
    case 7:
      DecodeAndBack<WeightsResult>(choice.rest);
      break;
    case 8:
      DecodeAndBack<InferResult>(choice.rest);
      break;
    case 9:
      DecodeAndBack<ClearCacheResult>(choice.rest);
      break;
    default:
      DecodeAndBack<GetWorkerStateResult>(choice.rest);
  }
  return 0;
}
