#pragma once

// One question to a probe port: what `clockwork-operator --probe URL` does, for `helm test` and for
// whoever has no other HTTP client at hand (the image has no shell).

#include <string>

#include "images/common/base/result.h"
#include "images/common/base/time.h"

namespace clockwork::reconcile {

inline constexpr Nanos kProbeLimitNs = 10 * kSecond;

// GETs `url` (http://HOST[:PORT][/PATH]). Ok when the answer is 200; else a runtime error with what
// came instead, or a usage error when the URL is none. Blocks for kProbeLimitNs at most.
Status Probe(const std::string& url);

}  // namespace clockwork::reconcile
