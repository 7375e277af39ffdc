// Kubeconfigs, two to be merged: what is accepted can be connected to.

#include <string>
#include <string_view>
#include <vector>

#include "operator/kube/client_config.h"
#include "tests/fuzz/fuzz_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clockwork::kube;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t half = text.find('\0');
  std::vector<KubeconfigFile> files = {{"/a/config", std::string(text.substr(0, half))}};
  if (half != std::string_view::npos)
    files.push_back({"/b/config", std::string(text.substr(half + 1))});
  const auto config = ParseKubeconfig(files);
  if (!config.ok()) {
    FUZZ_CHECK(!config.error().message.empty());
    return 0;
  }
  const auto address = ParseServerAddress(config->server);
  FUZZ_CHECK(address.ok());
  FUZZ_CHECK(!address->host.empty() && address->port != 0);
  FUZZ_CHECK(CheckClientConfig("again", *config).ok());
  return 0;
}
