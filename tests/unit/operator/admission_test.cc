#include "operator/local/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::local {
namespace {

TEST(AdmissionTest, TheDefaultsRunHereWithoutRemark) {
  EXPECT_TRUE(CheckRunnableHere({}).ok());
  EXPECT_THAT(ClusterOnlyNotes({}), ::testing::IsEmpty());
}

TEST(AdmissionTest, SuspendedAndParallelExperimentsAreRefused) {
  api::ExperimentSpec spec;
  spec.suspend = true;
  EXPECT_EQ(CheckRunnableHere(spec).error().message,
            "spec.suspend: is true; set it to false to run the experiment");
  spec.suspend = false;
  spec.parallel_trials = 2;
  EXPECT_EQ(CheckRunnableHere(spec).error().message,
            "spec.parallelTrials: must be 1 on one machine, where trials would disturb each other");
}

TEST(AdmissionTest, IgnoredFieldsAreNamedInOneSentence) {
  api::ExperimentSpec spec;
  spec.images.client = "example.org/client:1";
  spec.worker_pods = 2;
  spec.ttl_seconds_after_finished = 60;
  EXPECT_THAT(
      ClusterOnlyNotes(spec),
      ::testing::ElementsAre("only a cluster uses these fields of the experiment, ignored here: "
                             "images, ttlSecondsAfterFinished, workerPods"));
}

}  // namespace
}  // namespace clockwork::local
