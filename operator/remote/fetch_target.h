#pragma once

// The directory that a fetch makes, and its sibling DIRECTORY.partial with all that the fetch needs
// until it is over. Nothing else is touched. Blocking calls; one thread.

#include <string>

#include "images/common/base/result.h"

namespace clockwork::remote {

struct FetchTarget {
  std::string directory;  // absolute, no slash at the end

  std::string work() const { return directory + ".partial"; }
  std::string copy() const { return work() + "/copy"; }          // what has been fetched so far
  std::string replaced() const { return work() + "/replaced"; }  // what stood in its place
  std::string log() const { return work() + "/kubectl.log"; }    // kubectl's messages

  // What a fetch that was killed has left goes, but for the directory that it was about to replace,
  // which is put back. Usage error where DIRECTORY.partial is no fetch's; it stays then.
  Status RemoveLeftovers() const;

  // Usage error when there is something that may not be replaced.
  Status Check(bool replace) const;

  // Puts the finished copy in its place; an earlier one is kept in `replaced` until it is there.
  Status Commit() const;
};

}  // namespace clockwork::remote
