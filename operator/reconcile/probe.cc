#include "operator/reconcile/probe.h"

#include <fmt/format.h>

#include "operator/kube/cpprest_transport.h"

namespace clockwork::reconcile {
namespace {

constexpr std::size_t kMaxShownBytes = 1'024;

}  // namespace

Status Probe(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  kube::ClientConfig config;
  config.server = url.substr(0, path);
  if (Status status = kube::CheckClientConfig("--probe " + url, config); !status.ok()) {
    return status;
  }
  kube::TransportOptions options;
  options.step_limit_ns = options.request_limit_ns = kProbeLimitNs;
  auto transport = kube::MakeCpprestTransport(config, options);
  if (!transport.ok()) return transport.error();
  kube::HttpRequest request;
  request.target = path == std::string::npos ? "/" : url.substr(path);
  const auto answer = (*transport)->Send(request);
  if (!answer.ok()) {
    return RuntimeError(fmt::format("--probe {}: {}", url, kube::Describe(answer.error())));
  }
  if (answer->status == 200) return {};
  return RuntimeError(fmt::format("--probe {}: {}: {}", url, answer->status,
                                  answer->body.substr(0, kMaxShownBytes)));
}

}  // namespace clockwork::reconcile
