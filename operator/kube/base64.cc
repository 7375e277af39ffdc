#include "operator/kube/base64.h"

#include <openssl/evp.h>

#include <climits>

namespace clockwork::kube {

std::string EncodeBase64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  auto* const out = reinterpret_cast<unsigned char*>(text.data());
  const auto* const in = reinterpret_cast<const unsigned char*>(bytes.data());
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(out, in, static_cast<int>(bytes.size()))));
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string packed;
  packed.reserve(text.size());
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') packed += c;
  }
  if (packed.size() % 4 != 0 || packed.size() > INT_MAX) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < packed.size() && packed[packed.size() - 1 - padding] == '=')
    ++padding;
  // EVP_DecodeBlock takes '=' for a zero wherever it stands.
  if (packed.find('=') < packed.size() - padding) return std::nullopt;
  std::string bytes(packed.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(packed.data()),
                                   static_cast<int>(packed.size()));
  if (size < 0 || static_cast<std::size_t>(size) < padding) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

}  // namespace clockwork::kube
