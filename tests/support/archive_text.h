#pragma once

// An archive as one line of text, to compare with: "directory/;path:content;…".

#include <string>
#include <string_view>

#include "images/common/archive/ustar_reader.h"

namespace clockwork::testing {

class ArchiveText : public archive::Sink {
 public:
  Status Begin(const archive::Member& member) override {
    text += member.path + (member.directory ? "/" : ":");
    return {};
  }
  Status Content(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  Status End() override {
    text += ";";
    return {};
  }
  std::string text;
};

}  // namespace clockwork::testing
