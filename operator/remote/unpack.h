#pragma once

// An archive's members as files below one directory.

#include <string>

#include "images/common/archive/ustar_reader.h"
#include "operator/local/file_descriptor.h"

namespace clockwork::remote {

class DirectorySink : public archive::Sink {
 public:
  // `directory` exists and is empty, and nobody else writes into it.
  explicit DirectorySink(std::string directory) : directory_(std::move(directory)) {}

  // A name that is there already is an error: nothing is replaced, no link is followed.
  Status Begin(const archive::Member& member) override;
  Status Content(std::string_view bytes) override;
  Status End() override;

  std::int64_t files() const { return files_; }

 private:
  std::string directory_;
  std::string path_;  // of the file under way
  local::FileDescriptor file_;
  std::int64_t files_ = 0;
};

}  // namespace clockwork::remote
