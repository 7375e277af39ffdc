#include "images/common/model/zoo.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace clockwork {
namespace {

using ::testing::HasSubstr;

const Zoo& V100() { return *FindBuiltinZoo("v100-osdi20"); }

const ModelSpec& V100Model(const std::string& name) {
  const ModelSpec* model = FindBuiltinModel(BuiltinModelPath("v100-osdi20", name));
  EXPECT_NE(model, nullptr) << name;
  static const ModelSpec none;
  return model == nullptr ? none : *model;
}

std::vector<std::string> Names(const std::vector<ZooEntry>& entries) {
  std::vector<std::string> names;
  for (const ZooEntry& entry : entries) names.push_back(entry.name);
  return names;
}

TEST(ZooTest, V100HasThe61ModelsOfThePaper) {
  EXPECT_EQ(V100().models.size(), 61U);
  for (const char* left_out :
       {"mobile_pose_mobilenet1.0", "se_resnext101_64x4d", "winograd_resnet152_v2"}) {
    EXPECT_EQ(FindBuiltinModel(BuiltinModelPath("v100-osdi20", left_out)), nullptr) << left_out;
  }
}

TEST(ZooTest, TimesAndSizesAreExact) {
  EXPECT_EQ(
      V100Model("resnet50_v2"),
      (ModelSpec{
          .name = "resnet50_v2",
          .input_bytes = 602'112,
          .output_bytes = 4'000,
          .weights_bytes = 102'200'000,
          .weights_pages = 7,
          .load_ns = 8'320'000,
          .batches = {
              {1, 2'730'000}, {2, 4'050'000}, {4, 5'870'000}, {8, 9'930'000}, {16, 17'300'000}}}));
}

struct Row {
  const char* name;
  std::uint64_t input_bytes;
  std::uint64_t output_bytes;
  std::uint32_t pages;
};

class ZooRowTest : public ::testing::TestWithParam<Row> {};

TEST_P(ZooRowTest, HasTheSizesOfItsTensors) {
  const ModelSpec& model = V100Model(GetParam().name);
  EXPECT_EQ(model.input_bytes, GetParam().input_bytes);
  EXPECT_EQ(model.output_bytes, GetParam().output_bytes);
  EXPECT_EQ(model.weights_pages, GetParam().pages);
}

INSTANTIATE_TEST_SUITE_P(Rows, ZooRowTest,
                         ::testing::Values(Row{"cifar_wideresnet16_10", 12'288, 40, 5},
                                           Row{"densenet121", 602'112, 4'000, 2},
                                           Row{"googlenet", 602'112, 4'000, 2},
                                           Row{"inceptionv3", 1'072'812, 4'000, 6},
                                           Row{"mobile_pose_mobilenetv3", 589'824, 208'896, 2},
                                           Row{"resnet152_v1", 602'112, 4'000, 15},
                                           Row{"resnext101_64x4d", 602'112, 4'000, 20},
                                           Row{"tsn_inceptionv1_kinetics400", 1'072'812, 1'600, 2},
                                           Row{"winograd_resnet18_v2", 602'112, 4'000, 5},
                                           Row{"xception", 602'112, 4'000, 10}));

TEST(ZooTest, PagesAddUpToThoseOfTheWholeTableWithoutTheThreeLeftOut) {
  std::uint32_t pages = 0;
  for (const ModelSpec& model : V100().models) pages += model.weights_pages;
  EXPECT_EQ(pages, 532U - 2U - 22U - 20U);
}

TEST(ZooTest, EveryModelIsComplete) {
  for (const Zoo& zoo : BuiltinZoos()) {
    for (const ModelSpec& model : zoo.models) {
      SCOPED_TRACE(zoo.name + "/" + model.name);
      EXPECT_GT(model.input_bytes, 0U);
      EXPECT_GT(model.output_bytes, 0U);
      EXPECT_GT(model.load_ns, 0);
      ASSERT_EQ(model.batches.size(), 5U);
      for (std::uint32_t i = 0; i < 5; ++i) {
        EXPECT_EQ(model.batches[i].batch_size, 1U << i);
        EXPECT_GT(model.batches[i].exec_ns, 0);
      }
    }
  }
}

TEST(ZooTest, OriginsStateTheTrueNumberOfModels) {
  for (const Zoo& zoo : BuiltinZoos()) {
    EXPECT_THAT(zoo.origin, HasSubstr(fmt::format("{} models", zoo.models.size())));
  }
}

TEST(ZooTest, H100TimesKeepTheirFourDigits) {
  const ModelSpec* model = FindBuiltinModel("builtin:h100/resnet50");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->input_bytes, 301'056U);
  EXPECT_EQ(model->weights_bytes, 51'220'304U);
  EXPECT_EQ(model->weights_pages, 4U);
  EXPECT_EQ(model->load_ns, 1'050'900);
  EXPECT_EQ(model->batches[4], (BatchTime{16, 1'602'200}));
}

TEST(ZooTest, PublishedOrderPutsOneModelFirstAndKeepsTheRestByName) {
  std::vector<std::string> published = Names(ZooEntries(V100(), ModelOrder::kPublished));
  std::vector<std::string> by_name = Names(ZooEntries(V100(), ModelOrder::kAlphabetical));
  EXPECT_EQ(published.front(), "tsn_inceptionv1_kinetics400");
  EXPECT_EQ(published[1], "cifar_wideresnet16_10");
  EXPECT_TRUE(std::is_sorted(published.begin() + 1, published.end()));
  EXPECT_EQ(by_name.front(), "cifar_wideresnet16_10");
  EXPECT_TRUE(std::is_sorted(by_name.begin(), by_name.end()));
  EXPECT_THAT(published, ::testing::UnorderedElementsAreArray(by_name));
}

TEST(ZooTest, AZooWithoutPublishedOrderIsTakenByName) {
  const Zoo& h100 = *FindBuiltinZoo("h100");
  EXPECT_EQ(ZooEntries(h100, ModelOrder::kPublished), ZooEntries(h100, ModelOrder::kAlphabetical));
}

TEST(ZooTest, EveryEntryIsFoundByItsPath) {
  for (const Zoo& zoo : BuiltinZoos()) {
    for (const ZooEntry& entry : ZooEntries(zoo, ModelOrder::kPublished)) {
      const ModelSpec* model = FindBuiltinModel(entry.path);
      ASSERT_NE(model, nullptr) << entry.path;
      EXPECT_EQ(model->name, entry.name);
    }
  }
}

TEST(ZooTest, OtherPathsNameNoBuiltinModel) {
  for (const char* path : {"", "builtin:", "builtin:h100", "builtin:h100/", "builtin:h200/resnet50",
                           "builtin:h100/resnet5", "builtin:h100/resnet500", "/zoo/resnet50/model",
                           "builtin:/resnet50", "h100/resnet50"}) {
    EXPECT_EQ(FindBuiltinModel(path), nullptr) << path;
  }
}

TEST(ZooTest, UnknownBuiltinModelSaysWhatThereIs) {
  const ModelRead read = ReadBuiltinModel("builtin:a100/resnet50");
  EXPECT_EQ(read.status, kStatusBadModel);
  EXPECT_THAT(read.message, HasSubstr("'builtin:a100/resnet50'"));
  EXPECT_THAT(read.message, HasSubstr("v100-osdi20, h100"));
}

TEST(ZooTest, PagesFollowTheWorkersPageSize) {
  const ModelRead read = ReadBuiltinModel("builtin:v100-osdi20/resnet50_v2", 1'000'000);
  EXPECT_EQ(read.status, 0);
  EXPECT_EQ(read.spec.weights_pages, 103U);
}

}  // namespace
}  // namespace clockwork
