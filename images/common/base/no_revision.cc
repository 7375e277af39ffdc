#include "images/common/base/revision.h"

namespace clockwork {

// Alone in its file: an archive's member that is not needed where clockwork_revision is linked.
const char kRevision[] = "unknown";

}  // namespace clockwork
