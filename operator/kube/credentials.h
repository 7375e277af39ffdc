#pragma once

// Credentials that change while the process runs: a pod's token is replaced every hour, its CA and
// client certificates now and then. Thread-safe; a read failure keeps what was there before.

#include <openssl/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "images/common/base/result.h"
#include "images/common/base/time.h"
#include "operator/kube/client_config.h"
#include "operator/kube/exec_plugin.h"

namespace clockwork::kube {

inline constexpr Nanos kTokenReadIntervalNs = 60 * kSecond;         // client-go's
inline constexpr Nanos kCertificateReadIntervalNs = 300 * kSecond;  // client-go's
inline constexpr std::size_t kMaxCredentialBytes = 1U << 20;

using FileReader = std::function<Result<std::string>(const std::string& path)>;
FileReader CredentialFileReader();  // ReadFile with kMaxCredentialBytes

// Steady enough: NowNs in programs.
using ClockReader = std::function<Nanos()>;

class TokenSource {
 public:
  // `exec` null: the configuration names no program.
  TokenSource(const ClientConfig& config, FileReader read, ClockReader now,
              std::shared_ptr<ExecSource> exec = nullptr);
  // The token to send; empty: none. Reads the file at most every kTokenReadIntervalNs, or waits for
  // the program.
  std::string Token();
  // After a 401 for `used`: reads the file, or asks the program, again at once. Whether there is
  // now another token, so that trying again makes sense.
  bool Renew(std::string_view used);

 private:
  void Read(Nanos now_ns);

  const std::string path_;  // empty: the token never changes
  const FileReader read_;
  const ClockReader now_;
  const std::shared_ptr<ExecSource> exec_;
  std::mutex mutex_;  // guards what follows
  std::string token_;
  bool read_before_ = false;
  Nanos read_at_ns_ = 0;
};

// What goes into each TLS connection, parsed once.
class TlsMaterial {
 public:
  // All texts are PEM and may be empty: `ca` then stands for the system's authorities,
  // `certificate` (with its chain) and `key` for none. Errors say what does not parse or fit.
  static Result<std::shared_ptr<const TlsMaterial>> Parse(std::string_view ca,
                                                          std::string_view certificate,
                                                          std::string_view key);
  ~TlsMaterial();
  TlsMaterial(const TlsMaterial&) = delete;
  TlsMaterial& operator=(const TlsMaterial&) = delete;

  // Puts the authorities (in place of all others) and the certificate into `context`, which keeps
  // references of its own. False when OpenSSL refuses.
  bool Apply(SSL_CTX* context) const;

 private:
  TlsMaterial();
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

class TlsSource {
 public:
  // Reads everything once; an error when that does not give a usable material.
  static Result<std::unique_ptr<TlsSource>> Open(const ClientConfig& config, FileReader read,
                                                 ClockReader now,
                                                 std::shared_ptr<ExecSource> exec = nullptr);
  // The latest material that could be read whole. Looks at the files at most every
  // kCertificateReadIntervalNs, for connections made from then on. Waits for no program.
  std::shared_ptr<const TlsMaterial> Current();

 private:
  struct Texts {
    std::string ca;
    std::string certificate;
    std::string key;
    bool operator==(const Texts&) const = default;
  };
  TlsSource(const ClientConfig& config, FileReader read, ClockReader now,
            std::shared_ptr<ExecSource> exec);
  Result<Texts> ReadTexts() const;

  const PemSource ca_;
  const PemSource certificate_;
  const PemSource key_;
  const FileReader read_;
  const ClockReader now_;
  const std::shared_ptr<ExecSource> exec_;
  std::mutex mutex_;  // guards what follows
  Texts texts_;
  std::shared_ptr<const TlsMaterial> material_;
  Nanos read_at_ns_ = 0;
};

// A token as it may stand in a header, without the white space around it; empty when there is
// nothing or when it holds what would end the header (line ends, NUL, other control characters).
std::string CleanToken(std::string_view text);

}  // namespace clockwork::kube
