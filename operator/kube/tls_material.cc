#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>
#include <vector>

#include "operator/kube/credentials.h"

namespace clockwork::kube {
namespace {

template <auto free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, Freer<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;

// The bundle that Debian's ca-certificates makes, beside where OpenSSL itself looks.
constexpr const char* kSystemBundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt"};

// Nothing that asks for a passphrase on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

BioPtr Memory(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::vector<CertificatePtr> Certificates(std::string_view pem) {
  std::vector<CertificatePtr> certificates;
  const BioPtr bio = Memory(pem);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr))
    certificates.emplace_back(one);
  ERR_clear_error();  // of the end
  return certificates;
}

bool AddAuthorities(std::string_view ca, X509_STORE* store) {
  if (ca.empty()) {
    bool any = X509_STORE_load_file(store, X509_get_default_cert_file()) == 1;
    for (const char* bundle : kSystemBundles) any = any || X509_STORE_load_file(store, bundle) == 1;
    ERR_clear_error();
    return true;  // a system without any trusts nobody, which the handshake will say
  }
  const auto authorities = Certificates(ca);
  for (const auto& authority : authorities) X509_STORE_add_cert(store, authority.get());
  return !authorities.empty();
}

}  // namespace

struct TlsMaterial::Parts {
  StorePtr store{X509_STORE_new()};
  std::vector<CertificatePtr> chain;  // our own certificate first
  KeyPtr key;
};

TlsMaterial::TlsMaterial() : parts_(std::make_unique<Parts>()) {}
TlsMaterial::~TlsMaterial() = default;

Result<std::shared_ptr<const TlsMaterial>> TlsMaterial::Parse(std::string_view ca,
                                                              std::string_view certificate,
                                                              std::string_view key) {
  std::shared_ptr<TlsMaterial> material(new TlsMaterial());
  Parts& parts = *material->parts_;
  if (!AddAuthorities(ca, parts.store.get()))
    return RuntimeError("the certificate authority's file holds no PEM certificate");
  if (!certificate.empty()) {
    parts.chain = Certificates(certificate);
    if (parts.chain.empty()) return RuntimeError("the client certificate holds no PEM certificate");
    const BioPtr bio = Memory(key);
    parts.key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
    ERR_clear_error();
    if (!parts.key)
      return RuntimeError("the client key holds no PEM key (one with a passphrase cannot be used)");
    const bool fits = X509_check_private_key(parts.chain.front().get(), parts.key.get()) == 1;
    ERR_clear_error();
    if (!fits) return RuntimeError("the client key does not belong to the client certificate");
  }
  return std::shared_ptr<const TlsMaterial>(std::move(material));
}

bool TlsMaterial::Apply(SSL_CTX* context) const {
  // Replaces the store, where adding would trust the system's authorities besides.
  SSL_CTX_set1_cert_store(context, parts_->store.get());
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return false;
  if (parts_->chain.empty()) return true;
  if (SSL_CTX_use_certificate(context, parts_->chain.front().get()) != 1) return false;
  if (SSL_CTX_use_PrivateKey(context, parts_->key.get()) != 1) return false;
  for (std::size_t i = 1; i < parts_->chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, parts_->chain[i].get()) != 1) return false;
  }
  return true;
}

}  // namespace clockwork::kube
