#pragma once

// Base64 as in RFC 4648 §4, with white space anywhere (YAML folds long lines). Pure.

#include <optional>
#include <string>
#include <string_view>

namespace clockwork::kube {

std::string EncodeBase64(std::string_view bytes);
// Nothing when `text` is no base64.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace clockwork::kube
