// The defaults of the schema are those of the type.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/api/decode.h"
#include "operator/api/encode.h"
#include "tests/apiserver/installed_server.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

using DefaultsTest = InstalledServerTest;

TEST_F(DefaultsTest, OfAnEmptySpecAreThoseOfTheType) {
  CreateExperiment("defaults", "{}");
  const json stored = json::parse(RawExperiment("defaults"));
  const json encoded = json::parse(api::EncodeSpec(api::ExperimentSpec()).dump());
  EXPECT_EQ(stored.at("spec"), encoded) << json::diff(stored.at("spec"), encoded).dump(2);
}

TEST_F(DefaultsTest, WhatTheServerStoresDecodesToTheSameExperiment) {
  const std::string spec = "{workers: {values: [2, 4]}, load: {periodSeconds: 5}, trials: 7}";
  CreateExperiment("stored", spec);
  const auto stored = api::DecodeExperiment(json::parse(RawExperiment("stored")));
  ASSERT_TRUE(stored.ok()) << stored.error().message;
  const auto written = api::ParseExperiment(
      "apiVersion: clockwork.dev/v1alpha1\nkind: ScalabilityExperiment\n"
      "metadata: {name: stored}\nspec: " +
      spec);
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(stored->spec, written->spec);
}

}  // namespace
}  // namespace clockwork::testing
