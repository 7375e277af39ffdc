#include "images/client/core/minstd.h"

#include <cmath>

namespace clockwork::client {

std::uint64_t Minstd::NextExponential(double rate) {
  constexpr double kRange = 2147483646.0;
  constexpr double kLargestBelowOne = 1.0 - 0x1p-53;
  const double low = Next() - 1.0;
  const double high = Next() - 1.0;
  double uniform = (low + high * kRange) / (kRange * kRange);
  if (uniform >= 1.0) uniform = kLargestBelowOne;
  return static_cast<std::uint64_t>(-std::log(1.0 - uniform) / rate);
}

}  // namespace clockwork::client
