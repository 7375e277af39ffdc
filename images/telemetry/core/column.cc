#include "images/telemetry/core/column.h"

#include <sys/mman.h>

#include <new>

namespace clockwork::telemetry {

void* AllocateBlock(std::size_t bytes) {
  const bool huge = bytes % kHugePageBytes == 0;
  void* const memory = huge ? std::aligned_alloc(kHugePageBytes, bytes) : std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  // Advice: where it is not taken the pages are small ones.
  if (huge) ::madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

}  // namespace clockwork::telemetry
