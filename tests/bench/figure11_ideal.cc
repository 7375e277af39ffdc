#include "tests/bench/figure11_ideal.h"

#include <fmt/format.h>
#include <malloc.h>

#include <cstdio>

#include <nlohmann/json.hpp>

#include "images/common/base/file.h"
#include "images/common/base/log.h"
#include "images/common/base/version.h"
#include "tests/bench/ideal_goodput.h"

namespace clockwork::bench {
namespace {

constexpr std::size_t kMaxIdealBytes = 1 << 16;
constexpr char kIdealFile[] = "/data/ideal.json";

Ideal FindIdeal(std::int64_t workers, std::int64_t period_seconds, const std::string& version) {
  const sim::TrialResult result = IdealTrial(workers, period_seconds, 0);
  Ideal ideal{period_seconds, result.peak_goodput_rps, version, {}};
  for (const sim::StepResult& step : result.steps) {
    ideal.steps.push_back({step.factor, step.offered_rps, step.goodput_rps, step.mean_batch});
  }
  return ideal;
}

}  // namespace

Status WriteIdeal(const std::string& directory, const Ideal& ideal) {
  nlohmann::ordered_json json = {{"periodSeconds", ideal.period_seconds},
                                 {"goodputRps", ideal.goodput_rps},
                                 {"version", ideal.version},
                                 {"steps", nlohmann::ordered_json::array()}};
  for (const IdealStep& step : ideal.steps) {
    json["steps"].push_back({{"factor", step.factor},
                             {"offeredRps", step.offered_rps},
                             {"goodputRps", step.goodput_rps},
                             {"meanBatch", step.mean_batch}});
  }
  return WriteFileAtomically(directory + kIdealFile, json.dump() + "\n");
}

std::optional<Ideal> ReadIdeal(const std::string& directory) {
  const auto text = ReadFile(directory + kIdealFile, kMaxIdealBytes);
  if (!text.ok()) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(*text);
    Ideal ideal{json.at("periodSeconds"), json.at("goodputRps"), json.at("version"), {}};
    for (const auto& step : json.at("steps")) {
      ideal.steps.push_back(
          {step.at("factor"), step.at("offeredRps"), step.at("goodputRps"), step.at("meanBatch")});
    }
    return ideal;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

Ideal IdealOf(const std::string& directory, std::int64_t workers, std::int64_t period_seconds,
              const std::string& version) {
  const auto before = ReadIdeal(directory);
  if (before && before->period_seconds == period_seconds && before->version == version &&
      IsCommitted(version)) {
    return *before;
  }
  fmt::print(stderr, "N = {}: finding the ideal\n", workers);
  Ideal ideal = FindIdeal(workers, period_seconds, version);
  // What is started next would have this memory counted to its peak.
  ::malloc_trim(0);
  if (Status status = WriteIdeal(directory, ideal); !status.ok()) {
    LogWarning("N = {}: its ideal is not kept: {}", workers, status.error().message);
  }
  return ideal;
}

}  // namespace clockwork::bench
