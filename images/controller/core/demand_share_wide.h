#pragma once

// The loops of demand_share.h for processors with vectors of eight numbers (AVX-512). The results
// are the same bit by bit: where a division is slow, its correctly rounded result is made of
// multiplications. To be called only when HasWideVectors(). Pure.

#include <cstddef>
#include <cstdint>

namespace clockwork::controller::wide {

// Everything that is the same for each GPU of a model: a demand, the sum of the GPUs' weights, and
// what a GPU is worth.
struct Split {
  double demand_ns = 0;
  double total = 0;
  double capacity_ns = 0;  // a whole number below 2^53
};

// For i < count: takes allotted_ns[i] back from GPU i and allots it anew. Returns the sum of the
// new weights in their order.
double AllotAll(const Split& split, std::size_t count, std::int64_t* allotted_ns,
                std::int64_t* outstanding_ns, double* weights);
// The same for GPU gpus[i]. Requires that no GPU comes twice.
void AllotSome(const Split& split, std::size_t count, const std::uint32_t* gpus,
               std::int64_t* allotted_ns, std::int64_t* outstanding_ns, double* weights);

// Sum over i < count of capacity × share / outstanding, rounded towards zero each, where a GPU's
// share is of the demand as it is when allotted. Requires capacity × demand below 2^62.
std::int64_t Served(const Split& split, std::size_t count, const std::uint32_t* gpus,
                    const std::int64_t* outstanding_ns, const double* weights);

}  // namespace clockwork::controller::wide
