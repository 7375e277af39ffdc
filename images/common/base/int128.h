#pragma once

// 128-bit integers, for products of two 64-bit values. A compiler extension that g++ and clang++
// share.

namespace clockwork {

__extension__ using Int128 = __int128;

}  // namespace clockwork
