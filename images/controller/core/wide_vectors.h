#pragma once

// Whether there are vectors of eight numbers of 64 bits (AVX-512), for the few loops that are worth
// them. A function marked CLOCKWORK_WIDE may use the intrinsics and be called only when
// HasWideVectors(). Where the compiler has none CLOCKWORK_WIDE is not defined. Results do not
// depend on it: tests have both by UseWideVectors.

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define CLOCKWORK_WIDE __attribute__((target("avx512f,avx512dq")))
#define CLOCKWORK_WIDE_INLINE CLOCKWORK_WIDE __attribute__((always_inline)) inline

namespace clockwork::controller {

inline bool ProcessorHasWideVectors() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0;
}

inline bool& WideVectorsInUse() {
  static bool in_use = ProcessorHasWideVectors();
  return in_use;
}

inline bool HasWideVectors() { return WideVectorsInUse(); }

// For tests, while no other thread decides anything: false makes HasWideVectors() false on every
// processor, true makes it again what the processor has.
inline void UseWideVectors(bool use) { WideVectorsInUse() = use && ProcessorHasWideVectors(); }

}  // namespace clockwork::controller

#else

namespace clockwork::controller {

inline bool HasWideVectors() { return false; }
inline void UseWideVectors(bool /*use*/) {}

}  // namespace clockwork::controller

#endif
