#include "images/controller/core/demand_share.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "images/controller/core/wide_vectors.h"

namespace clockwork::controller {
namespace {

// The formulas of the specification, one GPU after the other, as plainly as they can be written.
struct Plain {
  std::int64_t capacity_ns = 0;
  std::vector<std::int64_t> outstanding_ns;
  std::vector<double> weights;

  double Total(const std::vector<std::uint32_t>& gpus) const {
    double total = 0;
    for (const std::uint32_t gpu : gpus) total += weights[gpu];
    return total;
  }
  std::int64_t Share(std::int64_t demand_ns, std::uint32_t gpu, double total) const {
    return static_cast<std::int64_t>(static_cast<double>(demand_ns) * (weights[gpu] / total));
  }
  void Spread(std::int64_t demand_ns, const std::vector<std::uint32_t>& gpus,
              std::vector<std::int64_t>* allotted_ns) {
    const double total = Total(gpus);
    for (std::size_t i = 0; i < gpus.size(); ++i) {
      const std::uint32_t gpu = gpus[i];
      const std::int64_t share_ns = Share(demand_ns, gpu, total);
      outstanding_ns[gpu] += share_ns - (*allotted_ns)[i];
      (*allotted_ns)[i] = share_ns;
      weights[gpu] = static_cast<double>(capacity_ns) / static_cast<double>(outstanding_ns[gpu]);
    }
  }
  Int128 Served(std::int64_t demand_ns, const std::vector<std::uint32_t>& gpus) const {
    const double total = Total(gpus);
    Int128 served = 0;
    for (const std::uint32_t gpu : gpus) {
      served +=
          static_cast<Int128>(capacity_ns) * Share(demand_ns, gpu, total) / outstanding_ns[gpu];
    }
    return served;
  }
};

struct Model {
  std::vector<std::uint32_t> gpus;
  std::vector<std::int64_t> allotted_ns;
  std::vector<std::int64_t> expected_ns;
};

std::vector<std::uint64_t> Bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  return bits;
}

struct ShareCase {
  const char* name;
  std::size_t gpus;
  std::int64_t capacity_ns;
  std::int64_t most_demand_ns;
};

// Bit by bit, because a difference in the last place ends in other decisions.
void ExpectTheFormulas(const ShareCase& c) {
  std::mt19937_64 random(c.gpus);  // the same every time
  Plain plain{c.capacity_ns, std::vector<std::int64_t>(c.gpus, 1'000'000),
              std::vector<double>(c.gpus, 0.01)};
  std::vector<std::int64_t> outstanding_ns = plain.outstanding_ns;
  std::vector<double> weights = plain.weights;
  const GpuLoads loads{c.capacity_ns, outstanding_ns, weights};
  std::vector<Model> models(20);
  for (std::size_t m = 0; m < models.size(); ++m) {
    for (std::uint32_t gpu = 0; gpu < c.gpus; ++gpu) {
      if (random() % models.size() <= m) models[m].gpus.push_back(gpu);  // the last has all
    }
    models[m].allotted_ns.resize(models[m].gpus.size());
    models[m].expected_ns.resize(models[m].gpus.size());
  }
  for (int step = 0; step < 2000; ++step) {
    Model& model = models[random() % models.size()];
    if (model.gpus.empty()) continue;
    const auto demand_ns = static_cast<std::int64_t>(
        random() % static_cast<std::uint64_t>(c.most_demand_ns) >> random() % 32);
    plain.Spread(demand_ns, model.gpus, &model.expected_ns);
    if (model.gpus.size() == c.gpus) {
      const double total = SpreadOverAll(demand_ns, TotalWeight(weights), model.allotted_ns, loads);
      ASSERT_EQ(std::bit_cast<std::uint64_t>(total),
                std::bit_cast<std::uint64_t>(plain.Total(model.gpus)));
    } else {
      Spread(demand_ns, model.gpus, model.allotted_ns, loads);
    }
    ASSERT_EQ(model.allotted_ns, model.expected_ns) << step;
    ASSERT_EQ(outstanding_ns, plain.outstanding_ns) << step;
    ASSERT_EQ(Bits(weights), Bits(plain.weights)) << step;
    ASSERT_TRUE(Served(demand_ns + 1, model.gpus, loads) == plain.Served(demand_ns + 1, model.gpus))
        << step;
  }
}

class DemandShareTest : public ::testing::TestWithParam<ShareCase> {
 protected:
  ~DemandShareTest() override { UseWideVectors(true); }
};

TEST_P(DemandShareTest, GivesWhatTheFormulasGive) { ExpectTheFormulas(GetParam()); }

TEST_P(DemandShareTest, GivesItWithoutWideVectors) {
  UseWideVectors(false);
  ExpectTheFormulas(GetParam());
}

constexpr std::int64_t kSlo = 100'000'000;

INSTANTIATE_TEST_SUITE_P(
    Cases, DemandShareTest,
    ::testing::Values(ShareCase{"OneGpu", 1, kSlo, 1'000'000'000},
                      ShareCase{"FewerThanAVector", 7, kSlo, 1'000'000'000},
                      ShareCase{"OneVector", 8, kSlo, 1'000'000'000},
                      ShareCase{"WithARest", 45, kSlo, 100'000'000'000},
                      ShareCase{"Many", 400, kSlo, 100'000'000'000},
                      ShareCase{"OddCapacity", 61, 123'456'789, 30'000'000'000},
                      ShareCase{"ProductsOf128Bits", 19, 3'600'000'000'000, 10'000'000'000'000},
                      ShareCase{"YearsOfWork", 19, kSlo, 2'000'000'000'000'000'000}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(DemandShare, WhatIsTakenBackIsNotOutstanding) {
  std::vector<std::int64_t> outstanding_ns(3, 1'000'000);
  std::vector<double> weights(3, 100.0);
  const GpuLoads loads{kSlo, outstanding_ns, weights};
  std::vector<std::int64_t> allotted_ns(2);
  const std::vector<std::uint32_t> gpus = {0, 2};
  Spread(5000, gpus, allotted_ns, loads);
  EXPECT_EQ(outstanding_ns, (std::vector<std::int64_t>{1'002'500, 1'000'000, 1'002'500}));
  TakeBack(gpus, allotted_ns, loads);
  EXPECT_EQ(outstanding_ns, std::vector<std::int64_t>(3, 1'000'000));
  EXPECT_EQ(std::accumulate(allotted_ns.begin(), allotted_ns.end(), std::int64_t{0}), 0);
}

}  // namespace
}  // namespace clockwork::controller
