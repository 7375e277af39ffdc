#pragma once

namespace clockwork {

// The commit that a program was built from, with "-dirty" when what was built differed from it.
// Programs are linked with the object library clockwork_revision, which knows it (revision.cmake);
// for all others it is "unknown".
extern const char kRevision[];

}  // namespace clockwork
