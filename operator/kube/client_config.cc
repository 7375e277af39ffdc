#include "operator/kube/client_config.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "images/common/base/parse.h"

namespace clockwork::kube {

Result<ServerAddress> ParseServerAddress(std::string_view server) {
  ServerAddress address;
  std::string_view rest = server;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    address.tls = false;
  } else {
    return UsageError("must start with https:// (or http://)");
  }
  const bool plain = std::all_of(
      rest.begin(), rest.end(), [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#'; });
  if (!plain) return UsageError("holds a character that an address cannot have");
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  address.path = rest.substr(slash);
  while (address.path.ends_with('/')) address.path.pop_back();
  rest = rest.substr(0, slash);
  if (rest.find('@') != std::string_view::npos)
    return UsageError("holds a user name, which is not supported; use a token");
  std::size_t colon = std::min(rest.find(':'), rest.size());
  address.host = rest.substr(0, colon);
  if (rest.starts_with('[')) {
    const std::size_t bracket = std::min(rest.find(']'), rest.size());
    address.host = rest.substr(1, bracket - 1);
    colon = std::min(bracket + 1, rest.size());
    in6_addr ignored{};
    const bool whole = bracket < rest.size() && (colon == rest.size() || rest[colon] == ':');
    if (!whole || ::inet_pton(AF_INET6, address.host.c_str(), &ignored) != 1)
      return UsageError("holds no IPv6 address between its brackets; write https://[fd00::1]:6443");
  }
  if (address.host.empty()) return UsageError("names no host");
  address.port = address.tls ? 443 : 80;
  if (colon < rest.size()) {
    const auto port = ParseInteger("the port", rest.substr(colon + 1), 1, 65535);
    if (!port.ok()) return port.error();
    address.port = static_cast<std::uint16_t>(*port);
  }
  return address;
}

Status CheckClientConfig(std::string_view where, const ClientConfig& config) {
  const auto address = ParseServerAddress(config.server);
  if (!address.ok()) {
    return UsageError(
        fmt::format("{}: server \"{}\" {}", where, config.server, address.error().message));
  }
  // It becomes a header.
  const bool name = std::all_of(config.tls_server_name.begin(), config.tls_server_name.end(),
                                [](char c) { return c > ' ' && c < 0x7F && c != '/'; });
  if (!name) return UsageError(fmt::format("{}: tls-server-name is no host name", where));
  if (config.insecure && !config.ca.empty()) {
    return UsageError(
        fmt::format("{}: insecure-skip-tls-verify and a certificate authority contradict each "
                    "other; remove one",
                    where));
  }
  if (config.client_certificate.empty() != config.client_key.empty()) {
    return UsageError(
        fmt::format("{}: a client certificate and its key come together; one is missing", where));
  }
  return {};
}

}  // namespace clockwork::kube
