#include "tests/support/fake_api/tls_identity.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>

#include <cstdlib>

namespace clockwork::testing {
namespace {

SSL_CTX* MakeContext(const IssuedCertificate& identity) {
  const auto memory = [](const std::string& text) {
    return std::unique_ptr<BIO, decltype(&BIO_free_all)>(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all);
  };
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  X509* certificate =
      PEM_read_bio_X509(memory(identity.certificate).get(), nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(memory(identity.key).get(), nullptr, nullptr, nullptr);
  if (SSL_CTX_use_certificate(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey(context, key) != 1) {
    std::abort();
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A resumed session would not look at the certificate again.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  return context;
}

}  // namespace

TlsIdentity::TlsIdentity() {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  const CertificateAuthority foreign("foreign");
  const CertificateSpec good{.alternative_names = {"IP:127.0.0.1"}};
  CertificateSpec expired = good;
  expired.expired = true;
  contexts_[ServerCertificate::kGood] = MakeContext(authority_.Issue(good));
  contexts_[ServerCertificate::kExpired] = MakeContext(authority_.Issue(expired));
  contexts_[ServerCertificate::kForAnotherAddress] =
      MakeContext(authority_.Issue({.alternative_names = {"IP:127.0.0.2"}}));
  contexts_[ServerCertificate::kOfAnotherAuthority] = MakeContext(foreign.Issue(good));
}

TlsIdentity::~TlsIdentity() {
  for (const auto& [which, context] : contexts_) SSL_CTX_free(context);
}

std::string TlsIdentity::AuthorityData() const {
  const std::string& pem = authority_.pem();
  std::string text((pem.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(pem.data()), static_cast<int>(pem.size()));
  text.pop_back();
  return text;
}

void TlsIdentity::Present(ServerCertificate which, std::size_t refusals) {
  present_ = which;
  refusals_left_ = refusals;
}

SSL* TlsIdentity::Accept(int fd) const {
  SSL* ssl = SSL_new(contexts_.at(present_));
  SSL_set_fd(ssl, fd);
  SSL_set_accept_state(ssl);
  return ssl;
}

void TlsIdentity::Refused() {
  ++refused_;
  if (refusals_left_ > 0 && --refusals_left_ == 0) present_ = ServerCertificate::kGood;
}

}  // namespace clockwork::testing
