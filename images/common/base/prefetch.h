#pragma once

// Asks for memory to be in the processor's cache soon, to be written. Harmless for any address.
// Inlined by force, and so must be what wraps it: to the compiler a function that only prefetches
// does nothing, and a call of it is left out.

#include <cstddef>

#define CLOCKWORK_PREFETCHES [[gnu::always_inline]] inline

namespace clockwork {

inline constexpr std::size_t kCacheLineBytes = 64;

// The one line that holds the address.
CLOCKWORK_PREFETCHES void PrefetchLine(const void* address) { __builtin_prefetch(address, 1); }

// The lines that hold [address, address + bytes).
CLOCKWORK_PREFETCHES void Prefetch(const void* address, std::size_t bytes) {
  const char* const begin = static_cast<const char*>(address);
  for (std::size_t at = 0; at < bytes; at += kCacheLineBytes) __builtin_prefetch(begin + at, 1);
  __builtin_prefetch(begin + bytes - 1, 1);
}

}  // namespace clockwork
