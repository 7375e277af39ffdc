#include "operator/kube/exec_plugin.h"

#include <fmt/format.h>

#include <utility>

#include <nlohmann/json.hpp>

#include "operator/kube/api_time.h"
#include "operator/kube/base64.h"
#include "operator/kube/credentials.h"
#include "operator/kube/json_text.h"

namespace clockwork::kube {

std::string ExecInfo(const ClientConfig& config, std::string_view ca) {
  nlohmann::json spec = {{"interactive", false}};
  if (config.exec.provide_cluster_info) {
    nlohmann::json& cluster = spec["cluster"];
    cluster["server"] = config.server;
    if (!config.tls_server_name.empty()) cluster["tls-server-name"] = config.tls_server_name;
    if (config.insecure) cluster["insecure-skip-tls-verify"] = true;
    if (!ca.empty()) cluster["certificate-authority-data"] = EncodeBase64(ca);
  }
  const nlohmann::json info = {
      {"apiVersion", config.exec.api_version}, {"kind", "ExecCredential"}, {"spec", spec}};
  return info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<ExecCredential> ParseExecCredential(const std::string& api_version, std::string_view text) {
  const auto object = ParseJsonObject(text);
  if (!object || TextMember(*object, "kind") != "ExecCredential")
    return RuntimeError("prints no ExecCredential");
  if (const std::string version = TextMember(*object, "apiVersion"); version != api_version) {
    return RuntimeError(
        fmt::format("prints apiVersion \"{}\" and not {}", OneLine(version), api_version));
  }
  const auto& status = ObjectMember(*object, "status");
  ExecCredential credential;
  credential.token = CleanToken(TextMember(status, "token"));
  credential.certificate = TextMember(status, "clientCertificateData");
  credential.key = TextMember(status, "clientKeyData");
  if (credential.certificate.empty() != credential.key.empty())
    return RuntimeError("prints a client certificate without its key, or a key without one");
  if (credential.token.empty() && credential.certificate.empty())
    return RuntimeError("prints neither a token nor a client certificate");
  if (const std::string end = TextMember(status, "expirationTimestamp"); !end.empty()) {
    credential.expires_ns = ParseApiTime(end);
    if (credential.expires_ns == 0)
      return RuntimeError(
          fmt::format("prints an expirationTimestamp \"{}\" that is no time in UTC", OneLine(end)));
  }
  return credential;
}

ExecSource::ExecSource(const ClientConfig& config, std::string_view ca, ExecRunner run,
                       std::function<Nanos()> now)
    : plugin_(config.exec),
      info_(ExecInfo(config, ca)),
      run_(std::move(run)),
      now_(std::move(now)) {}

Result<std::shared_ptr<ExecSource>> ExecSource::Open(const ClientConfig& config,
                                                     std::string_view ca, ExecRunner run,
                                                     std::function<Nanos()> now) {
  std::shared_ptr<ExecSource> source(new ExecSource(config, ca, std::move(run), std::move(now)));
  const std::scoped_lock lock(source->run_mutex_);
  if (Status status = source->Run(); !status.ok()) return status.error();
  return source;
}

Status ExecSource::Run() {
  asked_ns_ = now_();
  const auto explain = [this](const Error& error) {
    const std::string hint = OneLine(plugin_.install_hint);
    return RuntimeError(fmt::format("the kubeconfig's exec program \"{}\" {}{}{}", plugin_.command,
                                    error.message, hint.empty() ? "" : "; ", hint));
  };
  const auto output = run_(plugin_, info_);
  if (!output.ok()) return explain(output.error());
  auto credential = ParseExecCredential(plugin_.api_version, *output);
  if (!credential.ok()) return explain(credential.error());
  const std::scoped_lock lock(mutex_);
  last_ = std::move(*credential);
  return {};
}

ExecCredential ExecSource::Current() {
  const std::scoped_lock lock(run_mutex_);
  const Nanos now_ns = now_();
  if (now_ns >= Last().expires_ns && now_ns - asked_ns_ >= kExecPauseNs) {
    static_cast<void>(Run());  // the server says what it thinks of an old token
  }
  return Last();
}

bool ExecSource::Renew(std::string_view used) {
  const std::scoped_lock lock(run_mutex_);
  if (Last().token == used && now_() - asked_ns_ >= kExecPauseNs) static_cast<void>(Run());
  const ExecCredential last = Last();
  return !last.token.empty() && last.token != used;
}

ExecCredential ExecSource::Last() const {
  const std::scoped_lock lock(mutex_);
  return last_;
}

}  // namespace clockwork::kube
