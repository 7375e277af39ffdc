#include "operator/kube/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "images/common/base/file.h"

namespace clockwork::kube {

FileReader CredentialFileReader() {
  return [](const std::string& path) { return ReadFile(path, kMaxCredentialBytes); };
}

std::string CleanToken(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  text.remove_prefix(text.find_first_not_of(" \t\r\n"));
  const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 0x7F;
  });
  return clean ? std::string(text) : std::string();
}

TokenSource::TokenSource(const ClientConfig& config, FileReader read, ClockReader now,
                         std::shared_ptr<ExecSource> exec)
    : path_(config.token_file),
      read_(std::move(read)),
      now_(std::move(now)),
      exec_(std::move(exec)),
      token_(CleanToken(config.token)) {}

void TokenSource::Read(Nanos now_ns) {
  read_before_ = true;
  read_at_ns_ = now_ns;
  const auto text = read_(path_);
  if (!text.ok()) return;
  if (std::string token = CleanToken(*text); !token.empty()) token_ = std::move(token);
}

std::string TokenSource::Token() {
  if (exec_) return exec_->Current().token;
  const std::lock_guard lock(mutex_);
  const Nanos now_ns = now_();
  if (!path_.empty() && (!read_before_ || now_ns - read_at_ns_ >= kTokenReadIntervalNs))
    Read(now_ns);
  return token_;
}

bool TokenSource::Renew(std::string_view used) {
  if (exec_) return exec_->Renew(used);
  const std::lock_guard lock(mutex_);
  if (!path_.empty() && token_ == used) Read(now_());
  return !token_.empty() && token_ != used;
}

TlsSource::TlsSource(const ClientConfig& config, FileReader read, ClockReader now,
                     std::shared_ptr<ExecSource> exec)
    : ca_(config.ca),
      certificate_(config.client_certificate),
      key_(config.client_key),
      read_(std::move(read)),
      now_(std::move(now)),
      exec_(std::move(exec)) {}

Result<TlsSource::Texts> TlsSource::ReadTexts() const {
  Texts texts;
  const std::pair<const PemSource*, std::string*> parts[] = {
      {&ca_, &texts.ca}, {&certificate_, &texts.certificate}, {&key_, &texts.key}};
  for (const auto& [source, text] : parts) {
    *text = source->data;
    if (!source->data.empty() || source->file.empty()) continue;
    auto content = read_(source->file);
    if (!content.ok()) return content.error();
    if (content->empty()) return RuntimeError(fmt::format("{} is empty", source->file));
    *text = std::move(*content);
  }
  if (exec_) {
    ExecCredential credential = exec_->Last();
    if (credential.certificate.empty()) return texts;
    texts.certificate = std::move(credential.certificate);
    texts.key = std::move(credential.key);
  }
  return texts;
}

Result<std::unique_ptr<TlsSource>> TlsSource::Open(const ClientConfig& config, FileReader read,
                                                   ClockReader now,
                                                   std::shared_ptr<ExecSource> exec) {
  std::unique_ptr<TlsSource> source(
      new TlsSource(config, std::move(read), std::move(now), std::move(exec)));
  auto texts = source->ReadTexts();
  if (!texts.ok()) return texts.error();
  auto material = TlsMaterial::Parse(texts->ca, texts->certificate, texts->key);
  if (!material.ok()) return material.error();
  source->texts_ = std::move(*texts);
  source->material_ = std::move(*material);
  source->read_at_ns_ = source->now_();
  return source;
}

std::shared_ptr<const TlsMaterial> TlsSource::Current() {
  const std::lock_guard lock(mutex_);
  const Nanos now_ns = now_();
  // A program's certificates are short-lived, and looking at them costs nothing.
  if (!exec_ && now_ns - read_at_ns_ < kCertificateReadIntervalNs) return material_;
  read_at_ns_ = now_ns;
  auto texts = ReadTexts();
  if (!texts.ok() || *texts == texts_) return material_;
  // A certificate whose key has not been replaced yet does not fit; the next look finds both.
  auto material = TlsMaterial::Parse(texts->ca, texts->certificate, texts->key);
  if (!material.ok()) return material_;
  texts_ = std::move(*texts);
  material_ = std::move(*material);
  return material_;
}

}  // namespace clockwork::kube
