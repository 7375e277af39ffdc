#include "images/common/base/version.h"

namespace clockwork {

const char* Version() { return CLOCKWORK_VERSION " (" CLOCKWORK_REVISION ")"; }

std::string ReleaseTag() { return CLOCKWORK_VERSION; }

}  // namespace clockwork
