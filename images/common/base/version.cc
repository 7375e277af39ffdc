#include "images/common/base/version.h"

namespace clockwork {

const char* Version() { return CLOCKWORK_VERSION " (" CLOCKWORK_REVISION ")"; }

}  // namespace clockwork
