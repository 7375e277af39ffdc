#pragma once

// Whether there are vectors of eight numbers of 64 bits (AVX-512), for the few loops that are worth
// them. A function marked CLOCKWORK_WIDE may use the intrinsics and be called only when
// HasWideVectors(). Where the compiler has none CLOCKWORK_WIDE is not defined.

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define CLOCKWORK_WIDE __attribute__((target("avx512f,avx512dq")))
#define CLOCKWORK_WIDE_INLINE CLOCKWORK_WIDE __attribute__((always_inline)) inline

namespace clockwork::controller {

inline bool HasWideVectors() {
  static const bool has =
      __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0;
  return has;
}

}  // namespace clockwork::controller

#else

namespace clockwork::controller {

inline bool HasWideVectors() { return false; }

}  // namespace clockwork::controller

#endif
