#pragma once

// What Kubernetes accepts as names, label keys and label values; the same rules stand in
// manifests/crd. Pure.

#include <string_view>

namespace clockwork::api {

// A DNS label: letters a-z, digits and '-', with a letter or digit at both ends. Any length but 0.
bool IsDnsLabel(std::string_view text);

// The name of an object: DNS labels joined by '.', at most 253 characters.
bool IsObjectName(std::string_view text);

// "role" or "clockwork.dev/role".
bool IsLabelKey(std::string_view text);

// Possibly empty.
bool IsLabelValue(std::string_view text);

}  // namespace clockwork::api
