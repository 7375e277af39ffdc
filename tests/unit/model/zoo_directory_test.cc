#include "images/common/model/zoo_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "tests/support/temporary_directory.h"
#include "tests/support/zoo_builder.h"

namespace clockwork {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;
using testing::WriteStandInModel;
using testing::WriteWholeFile;

ModelSpec Resnet() {
  return {.name = "resnet50_v2",
          .input_bytes = 602'112,
          .output_bytes = 4'000,
          .weights_bytes = 7 * kPageBytes,
          .weights_pages = 7,
          .load_ns = 8'310'000,
          .batches = {{1, 2'730'000}, {2, 4'050'000}, {4, 5'880'000}}};
}

ModelSpec Named(const std::string& name) {
  ModelSpec spec = Resnet();
  spec.name = name;
  return spec;
}

class ZooDirectoryTest : public ::testing::Test {
 protected:
  TemporaryDirectory zoo_;
};

TEST_F(ZooDirectoryTest, ListsModelsByNameInByteOrder) {
  for (const char* name : {"resnet_b", "Zebra", "resnet50", "resnet.a"}) {
    WriteStandInModel(zoo_.path(), Named(name));
  }
  std::filesystem::create_directory(zoo_ / "no_model");
  WriteWholeFile(zoo_ / "README", "");
  auto entries = ListZooDirectory(zoo_.path());
  ASSERT_TRUE(entries.ok()) << entries.error().message;
  EXPECT_THAT(*entries, ElementsAre(ZooEntry{"Zebra", zoo_ / "Zebra/model"},
                                    ZooEntry{"resnet.a", zoo_ / "resnet.a/model"},
                                    ZooEntry{"resnet50", zoo_ / "resnet50/model"},
                                    ZooEntry{"resnet_b", zoo_ / "resnet_b/model"}));
}

TEST_F(ZooDirectoryTest, AMissingDirectoryIsAUsageError) {
  auto entries = ListZooDirectory(zoo_ / "absent");
  ASSERT_FALSE(entries.ok());
  EXPECT_EQ(entries.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(entries.error().message, HasSubstr(zoo_ / "absent"));
}

TEST_F(ZooDirectoryTest, ADirectoryWithoutModelsIsAUsageError) {
  auto entries = ListZooDirectory(zoo_.path());
  ASSERT_FALSE(entries.ok());
  EXPECT_THAT(entries.error().message, HasSubstr("holds no model"));
}

TEST_F(ZooDirectoryTest, ReadsAModel) {
  const ModelRead read = ReadModel(WriteStandInModel(zoo_.path(), Resnet()));
  EXPECT_EQ(read.status, 0) << read.message;
  EXPECT_EQ(read.spec, Resnet());
}

TEST_F(ZooDirectoryTest, BatchSizesEndAtTheFirstMissingPair) {
  const std::string path = WriteStandInModel(zoo_.path(), Resnet());
  std::remove((path + ".2.so").c_str());
  const ModelRead read = ReadModel(path);
  EXPECT_EQ(read.status, 0) << read.message;
  EXPECT_THAT(read.spec.batches, ElementsAre(BatchTime{1, 2'730'000}));
}

struct Fault {
  const char* file;     // suffix of the model's path
  const char* content;  // null: the file is removed
  std::int32_t status;
  const char* message;
};

class ModelFaultTest : public ::testing::TestWithParam<Fault> {};

TEST_P(ModelFaultTest, IsReportedWithStatusAndPath) {
  TemporaryDirectory zoo;
  const std::string path = WriteStandInModel(zoo.path(), Resnet());
  if (GetParam().content == nullptr) {
    std::remove((path + GetParam().file).c_str());
  } else {
    WriteWholeFile(path + GetParam().file, GetParam().content);
  }
  const ModelRead read = ReadModel(path);
  EXPECT_EQ(read.status, GetParam().status);
  EXPECT_THAT(read.message, HasSubstr(path));
  EXPECT_THAT(read.message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ModelFaultTest,
    ::testing::Values(Fault{".1.so", nullptr, 41, "must both exist"},
                      Fault{".1.clockwork", nullptr, 41, "must both exist"},
                      Fault{".1.clockwork", "", 41, "the file ends within the version"},
                      Fault{".1.clockwork", "garbage", 41, "is no model metadata"},
                      Fault{".measurements", nullptr, 10, "cannot open"},
                      Fault{".measurements", "weights = ;", 10, "line 1"},
                      Fault{".measurements", "b1 = 1L;", 10, "'weights' is missing"}));

TEST_F(ZooDirectoryTest, AModelForAnotherPageSizeIsRefused) {
  const ModelRead read = ReadModel(WriteStandInModel(zoo_.path(), Resnet(), 4096));
  EXPECT_EQ(read.status, kStatusBadModel);
  EXPECT_THAT(read.message, HasSubstr("pages of 4096 bytes"));
}

TEST_F(ZooDirectoryTest, AnAbsentModelIsRefused) {
  EXPECT_EQ(ReadModel(zoo_ / "nothing/model").status, kStatusBadModel);
}

}  // namespace
}  // namespace clockwork
