#pragma once

// What lies on an experiment's claim, read on the node that holds the volume, and what a trial's
// request log says: computed here by other means than the product's own.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/kind/kind_cluster.h"

namespace clockwork::testing {

class ClaimFiles {
 public:
  // Finds the volume of the claim; error() says what is missing.
  ClaimFiles(const KindCluster& cluster, const std::string& name_space, const std::string& claim);

  const std::string& error() const { return error_; }

  // The paths of all files, relative to the volume's root, ascending.
  std::vector<std::string> List() const;
  // Empty when there is no such file.
  std::string Read(const std::string& path) const;

 private:
  const KindCluster& cluster_;
  std::string node_;
  std::string directory_;
  std::string error_;
};

// The largest number per second of requests answered with success in time, over the buckets of that
// length but the last, as the published scripts count (docs/programs.md, telemetry process). Takes
// the texts of both logs. Nothing when there is no whole bucket.
std::optional<double> PeakGoodput(const std::string& request_log, const std::string& action_log,
                                  std::int64_t bucket_seconds);

}  // namespace clockwork::testing
