#pragma once

#include <string>
#include <string_view>

namespace clockwork {

// "0.1.0 (commit)", fixed at build time.
const char* Version();

// Whether a version names one build. All that are built of changes to a commit have its name with
// "-dirty", and all without a repository are "unknown".
bool IsCommitted(std::string_view version);

// "0.1.0": Version() without the commit, as the images of a release are tagged.
std::string ReleaseTag();

}  // namespace clockwork
