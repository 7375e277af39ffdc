#include "images/common/base/version.h"

#include "images/common/base/revision.h"

namespace clockwork {

const char* Version() {
  static const std::string kVersion = std::string(CLOCKWORK_VERSION " (") + kRevision + ")";
  return kVersion.c_str();
}

std::string ReleaseTag() { return CLOCKWORK_VERSION; }

}  // namespace clockwork
