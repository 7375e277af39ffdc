// g++ leaves registers undefined on purpose in its own header of vector instructions, and warns.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "images/controller/core/demand_share_wide.h"

#include "images/controller/core/wide_vectors.h"

#ifdef CLOCKWORK_WIDE

#include <algorithm>

namespace clockwork::controller::wide {
namespace {

constexpr std::size_t kLanes = 8;

// Below this many nanoseconds capacity / outstanding is safe to make of multiplications.
constexpr std::int64_t kExactNs = std::int64_t{1} << 45;

struct Constants {
  __m512d demand, total, reciprocal, capacity;
};

CLOCKWORK_WIDE_INLINE Constants Broadcast(const Split& split) {
  return {_mm512_set1_pd(split.demand_ns), _mm512_set1_pd(split.total),
          _mm512_set1_pd(1.0 / split.total), _mm512_set1_pd(split.capacity_ns)};
}

// The first `count` lanes, at most all.
CLOCKWORK_WIDE_INLINE __mmask8 FirstLanes(std::size_t count) {
  return static_cast<__mmask8>((1U << std::min(count, kLanes)) - 1);
}

// trunc(demand × (weight / total)). The quotient is correctly rounded: the reciprocal is, the first
// step leaves an error below one unit in the last place, and so the second is exact (Markstein).
CLOCKWORK_WIDE_INLINE __m512i Share(const Constants& c, __m512d weight) {
  __m512d quotient = _mm512_mul_pd(weight, c.reciprocal);
  for (int step = 0; step < 2; ++step) {
    const __m512d rest = _mm512_fnmadd_pd(c.total, quotient, weight);
    quotient = _mm512_fmadd_pd(rest, c.reciprocal, quotient);
  }
  return _mm512_cvttpd_epi64(_mm512_mul_pd(c.demand, quotient));
}

// The places of the GPUs that the lanes look at.
CLOCKWORK_WIDE_INLINE __m512i Places(__mmask8 lanes, const std::uint32_t* gpus) {
  return _mm512_cvtepu32_epi64(_mm512_castsi512_si256(_mm512_maskz_loadu_epi32(lanes, gpus)));
}

// Share of the GPU at each lane's place.
CLOCKWORK_WIDE_INLINE __m512i ShareAt(const Constants& c, __mmask8 lanes, __m512i place,
                                      const double* weights) {
  return Share(c, _mm512_mask_i64gather_pd(_mm512_setzero_pd(), lanes, place, weights, 8));
}

// capacity / outstanding, correctly rounded. A quotient of whole numbers, capacity below 2^53, is
// at least 2^-54 / outstanding of itself away from where rounding turns, and the last step's error
// before rounding is below 2^-100 of it.
CLOCKWORK_WIDE_INLINE __m512d Weight(const Constants& c, __mmask8 lanes, __m512i outstanding) {
  const __m512d divisor = _mm512_cvtepi64_pd(outstanding);
  const __mmask8 unsafe = _mm512_mask_cmpge_epu64_mask(
      lanes, _mm512_sub_epi64(outstanding, _mm512_set1_epi64(1)), _mm512_set1_epi64(kExactNs));
  if (__builtin_expect(static_cast<int>(unsafe != 0), 0) != 0) {
    return _mm512_div_pd(c.capacity, divisor);
  }
  const __m512d one = _mm512_set1_pd(1);
  __m512d reciprocal = _mm512_rcp14_pd(divisor);
  for (int step = 0; step < 2; ++step) {
    const __m512d rest = _mm512_fnmadd_pd(divisor, reciprocal, one);
    reciprocal = _mm512_fmadd_pd(reciprocal, rest, reciprocal);
  }
  const __m512d quotient = _mm512_mul_pd(c.capacity, reciprocal);
  const __m512d rest = _mm512_fnmadd_pd(divisor, quotient, c.capacity);
  return _mm512_fmadd_pd(rest, reciprocal, quotient);
}

}  // namespace

CLOCKWORK_WIDE double AllotAll(const Split& split, std::size_t count, std::int64_t* allotted_ns,
                               std::int64_t* outstanding_ns, double* weights) {
  const Constants c = Broadcast(split);
  double total = 0;
  for (std::size_t i = 0; i < count; i += kLanes) {
    const __mmask8 lanes = FirstLanes(count - i);
    const __m512i share = Share(c, _mm512_maskz_loadu_pd(lanes, weights + i));
    const __m512i before = _mm512_maskz_loadu_epi64(lanes, allotted_ns + i);
    const __m512i outstanding = _mm512_add_epi64(
        _mm512_sub_epi64(_mm512_maskz_loadu_epi64(lanes, outstanding_ns + i), before), share);
    _mm512_mask_storeu_epi64(allotted_ns + i, lanes, share);
    _mm512_mask_storeu_epi64(outstanding_ns + i, lanes, outstanding);
    _mm512_mask_storeu_pd(weights + i, lanes, Weight(c, lanes, outstanding));
    // One after the other, which takes about as long as all of the above, beside which it runs.
    if (count - i >= kLanes) {
      for (std::size_t at = 0; at < kLanes; ++at) total += weights[i + at];
    } else {
      for (std::size_t at = i; at < count; ++at) total += weights[at];
    }
  }
  return total;
}

CLOCKWORK_WIDE void AllotSome(const Split& split, std::size_t count, const std::uint32_t* gpus,
                              std::int64_t* allotted_ns, std::int64_t* outstanding_ns,
                              double* weights) {
  const Constants c = Broadcast(split);
  const __m512i zero = _mm512_setzero_si512();
  for (std::size_t i = 0; i < count; i += kLanes) {
    const __mmask8 lanes = FirstLanes(count - i);
    const __m512i gpu = Places(lanes, gpus + i);
    const __m512i share = ShareAt(c, lanes, gpu, weights);
    const __m512i before = _mm512_maskz_loadu_epi64(lanes, allotted_ns + i);
    const __m512i gathered = _mm512_mask_i64gather_epi64(zero, lanes, gpu, outstanding_ns, 8);
    const __m512i outstanding = _mm512_add_epi64(_mm512_sub_epi64(gathered, before), share);
    _mm512_mask_storeu_epi64(allotted_ns + i, lanes, share);
    _mm512_mask_i64scatter_epi64(outstanding_ns, lanes, gpu, outstanding, 8);
    _mm512_mask_i64scatter_pd(weights, lanes, gpu, Weight(c, lanes, outstanding), 8);
  }
}

CLOCKWORK_WIDE std::int64_t Served(const Split& split, std::size_t count, const std::uint32_t* gpus,
                                   const std::int64_t* outstanding_ns, const double* weights) {
  const Constants c = Broadcast(split);
  const __m512i zero = _mm512_setzero_si512();
  const __m512i capacity = _mm512_set1_epi64(static_cast<std::int64_t>(split.capacity_ns));
  const __m512i one = _mm512_set1_epi64(1);
  __m512i sum = zero;
  for (std::size_t i = 0; i < count; i += kLanes) {
    const __mmask8 lanes = FirstLanes(count - i);
    const __m512i gpu = Places(lanes, gpus + i);
    const __m512i share = ShareAt(c, lanes, gpu, weights);
    const __m512i outstanding = _mm512_mask_i64gather_epi64(one, lanes, gpu, outstanding_ns, 8);
    // The estimate is at most one away; what it leaves of the product says in which direction.
    const __m512i product = _mm512_mullo_epi64(capacity, share);
    __m512i quotient = _mm512_cvttpd_epi64(
        _mm512_div_pd(_mm512_cvtepi64_pd(product), _mm512_cvtepi64_pd(outstanding)));
    const __m512i rest = _mm512_sub_epi64(product, _mm512_mullo_epi64(quotient, outstanding));
    quotient = _mm512_mask_sub_epi64(quotient, _mm512_cmplt_epi64_mask(rest, zero), quotient, one);
    quotient =
        _mm512_mask_add_epi64(quotient, _mm512_cmpge_epi64_mask(rest, outstanding), quotient, one);
    sum = _mm512_mask_add_epi64(sum, lanes, sum, quotient);
  }
  return _mm512_reduce_add_epi64(sum);
}

}  // namespace clockwork::controller::wide

#else

namespace clockwork::controller::wide {

double AllotAll(const Split& /*split*/, std::size_t /*count*/, std::int64_t* /*allotted_ns*/,
                std::int64_t* /*outstanding_ns*/, double* /*weights*/) {
  return 0;
}
void AllotSome(const Split& /*split*/, std::size_t /*count*/, const std::uint32_t* /*gpus*/,
               std::int64_t* /*allotted_ns*/, std::int64_t* /*outstanding_ns*/,
               double* /*weights*/) {}
std::int64_t Served(const Split& /*split*/, std::size_t /*count*/, const std::uint32_t* /*gpus*/,
                    const std::int64_t* /*outstanding_ns*/, const double* /*weights*/) {
  return 0;
}

}  // namespace clockwork::controller::wide

#endif
