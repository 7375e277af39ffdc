#pragma once

// Status objects of the API (the server's words for what went wrong) to ApiError. Pure.
// DecodeStatus, for a whole answer, is declared in client.h.

#include <nlohmann/json_fwd.hpp>

#include "operator/kube/api_error.h"

namespace clockwork::kube {

// `code`: the HTTP status; 0 takes the one that the object names.
ApiError StatusError(const nlohmann::json& status, int code);

}  // namespace clockwork::kube
