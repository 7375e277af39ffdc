#pragma once

// Credentials that a program of the user's prints (client.authentication.k8s.io, v1 and v1beta1):
// the clusters of most clouds hand out no others. The program runs without a terminal, as this
// user, with what the kubeconfig gives it; what it prints is kept until it expires.

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "images/common/base/result.h"
#include "images/common/base/time.h"
#include "operator/kube/client_config.h"

namespace clockwork::kube {

inline constexpr Nanos kExecLimitNs = 60 * kSecond;  // then the program is killed
inline constexpr std::size_t kMaxExecOutputBytes = 1U << 20;
// A program that has failed, or whose token was refused, is not asked again before this.
inline constexpr Nanos kExecPauseNs = 10 * kSecond;

struct ExecCredential {
  std::string token;        // a token or a certificate with its key, or both
  std::string certificate;  // PEM
  std::string key;          // PEM
  Nanos expires_ns = kNever;
};

// What the program finds in KUBERNETES_EXEC_INFO; `ca` is the authority's PEM text. Pure.
std::string ExecInfo(const ClientConfig& config, std::string_view ca);
// What the program has printed. Errors are sentences without the program's name. Pure.
Result<ExecCredential> ParseExecCredential(const std::string& api_version, std::string_view text);

// Runs the program and returns its stdout; its stderr is ours. Blocks for up to `limit_ns`.
Result<std::string> RunExecPlugin(const ExecPlugin& plugin, const std::string& info,
                                  Nanos limit_ns = kExecLimitNs);
using ExecRunner =
    std::function<Result<std::string>(const ExecPlugin& plugin, const std::string& info)>;

// Thread-safe.
class ExecSource {
 public:
  // Runs the program once; an error when that gives nothing usable. `now`: Unix time.
  static Result<std::shared_ptr<ExecSource>> Open(const ClientConfig& config, std::string_view ca,
                                                  ExecRunner run, std::function<Nanos()> now);

  // The credential to use; runs the program (and blocks) when the last one has expired. A program
  // that fails leaves the last one in use.
  ExecCredential Current();
  // After a 401 for `used`: runs the program again. Whether there is another token now.
  bool Renew(std::string_view used);
  // The last one, at once.
  ExecCredential Last() const;

 private:
  ExecSource(const ClientConfig& config, std::string_view ca, ExecRunner run,
             std::function<Nanos()> now);
  Status Run();

  const ExecPlugin plugin_;
  const std::string info_;
  const ExecRunner run_;
  const std::function<Nanos()> now_;
  std::mutex run_mutex_;  // one program at a time; guards asked_ns_
  Nanos asked_ns_ = 0;
  mutable std::mutex mutex_;  // guards last_
  ExecCredential last_;
};

}  // namespace clockwork::kube
