#pragma once

// Chance, injected: what jitters asks a RandomFraction, so that tests say what it draws.

#include <cstdint>
#include <functional>

namespace clockwork::kube {

// Draws from [0, 1). Called by one thread, unless its maker says otherwise.
using RandomFraction = std::function<double()>;

// A generator of its own for each call; the same seed draws the same sequence.
RandomFraction SeededRandom(std::uint64_t seed);
// Seeded from the system, so that replicas started together do not draw alike.
RandomFraction SystemRandom();

}  // namespace clockwork::kube
