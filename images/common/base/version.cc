#include "images/common/base/version.h"

#include "images/common/base/revision.h"

namespace clockwork {

const char* Version() {
  static const std::string kVersion = std::string(CLOCKWORK_VERSION " (") + kRevision + ")";
  return kVersion.c_str();
}

bool IsCommitted(std::string_view version) {
  return !version.ends_with("-dirty)") && !version.ends_with("(unknown)");
}

std::string ReleaseTag() { return CLOCKWORK_VERSION; }

}  // namespace clockwork
