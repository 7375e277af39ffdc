#include "operator/kube/random.h"

#include <memory>
#include <random>

namespace clockwork::kube {

RandomFraction SeededRandom(std::uint64_t seed) {
  auto generator = std::make_shared<std::mt19937_64>(seed);
  // The upper 53 bits: what a double holds exactly, so that 1 is never drawn.
  return [generator] { return static_cast<double>((*generator)() >> 11U) * 0x1p-53; };
}

RandomFraction SystemRandom() {
  std::random_device device;
  return SeededRandom((std::uint64_t{device()} << 32U) | device());
}

}  // namespace clockwork::kube
