#include "images/common/base/clock.h"

#include <chrono>

namespace clockwork {
namespace {

Nanos SteadyNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Nanos WallNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Nanos NowNs() {
  static const Nanos kOffsetNs = WallNs() - SteadyNs();
  return SteadyNs() + kOffsetNs;
}

}  // namespace clockwork
