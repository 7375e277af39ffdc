#pragma once

// The program helm (tests/cluster/build.sh builds it when it is not in the cache) and the chart, as
// values. Nothing here talks to a cluster.

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace clockwork::testing {

inline constexpr const char* kChart = "charts/clockwork-operator";  // SourcePath
// What manifests/ are compared with: this release, in this namespace.
inline constexpr const char* kRelease = "clockwork-operator";
inline constexpr const char* kReleaseNamespace = "clockwork-system";

struct HelmResult {
  bool ok = false;
  std::string out;
  std::string err;
};

// Runs helm to its end, with directories of its own in place of the user's.
HelmResult Helm(const std::vector<std::string>& arguments);

// `helm template` of the chart, as kRelease, for the oldest Kubernetes that it takes. With
// `options`, such as {"--set", "replicaCount=1"}.
HelmResult Template(const std::vector<std::string>& options = {});

// The objects of a stream of YAML documents by "Kind namespace/name". A document that cannot be
// read, or that is there twice, is a failed expectation.
using Objects = std::map<std::string, nlohmann::json>;
Objects ParseObjects(const std::string& documents);

// Template(options), which must work, as objects.
Objects Render(const std::vector<std::string>& options = {});

// A file of the repository; a failed expectation when it cannot be read.
std::string SourceFile(const std::string& path);
nlohmann::json SourceYaml(const std::string& path);

}  // namespace clockwork::testing
