#pragma once

#include <string>

namespace clockwork {

// "0.1.0 (commit)", fixed at build time.
const char* Version();

// "0.1.0": Version() without the commit, as the images of a release are tagged.
std::string ReleaseTag();

}  // namespace clockwork
