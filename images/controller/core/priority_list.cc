#include "images/controller/core/priority_list.h"

#include "images/controller/core/wide_vectors.h"

namespace clockwork::controller {
namespace {

std::uint64_t AtLeastOneByOne(const std::int64_t* values, std::uint64_t named, std::int64_t bound) {
  std::uint64_t found = 0;
  for (std::uint64_t bits = named; bits != 0; bits &= bits - 1) {
    const int at = std::countr_zero(bits);
    if (values[at] >= bound) found |= std::uint64_t{1} << at;
  }
  return found;
}

#ifdef CLOCKWORK_WIDE
CLOCKWORK_WIDE std::uint64_t AtLeastWide(const std::int64_t* values, std::uint64_t named,
                                         std::int64_t bound) {
  const __m512i bounds = _mm512_set1_epi64(bound);
  std::uint64_t found = 0;
#pragma GCC unroll 8
  for (unsigned at = 0; at < 64; at += 8) {
    const __mmask8 above = _mm512_cmpge_epi64_mask(_mm512_loadu_si512(values + at), bounds);
    found |= static_cast<std::uint64_t>(above) << at;
  }
  return found & named;
}
#endif

}  // namespace

std::uint64_t PriorityList::AtLeast(const std::int64_t* values, std::uint64_t named,
                                    std::int64_t bound) {
#ifdef CLOCKWORK_WIDE
  if (HasWideVectors()) return AtLeastWide(values, named, bound);
#endif
  return AtLeastOneByOne(values, named, bound);
}

}  // namespace clockwork::controller
