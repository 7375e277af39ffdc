// An archive from a cluster: nothing leads out of the directory, sizes add up, and how the bytes
// are cut into pieces makes no difference.

#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/archive/ustar_reader.h"
#include "tests/fuzz/fuzz_check.h"

namespace clockwork::archive {
namespace {

class CheckingSink : public Sink {
 public:
  Status Begin(const Member& member) override {
    FUZZ_CHECK(!open_);
    FUZZ_CHECK(IsSafePath(member.path));
    FUZZ_CHECK(("/" + member.path + "/").find("/../") == std::string::npos);
    FUZZ_CHECK(member.size >= 0 && !(member.directory && member.size != 0));
    const auto header = EncodeHeader(member);
    // What has a foreign split of its path may not fit into ours; else it is read back the same.
    if (header.ok()) FUZZ_CHECK(*DecodeHeader(*header) == member);
    open_ = true;
    left_ = member.size;
    seen += member.path + "\n";
    return {};
  }
  Status Content(std::string_view bytes) override {
    FUZZ_CHECK(open_ && !bytes.empty());
    left_ -= static_cast<std::int64_t>(bytes.size());
    FUZZ_CHECK(left_ >= 0);
    seen += bytes;
    return {};
  }
  Status End() override {
    FUZZ_CHECK(open_ && left_ == 0);
    open_ = false;
    return {};
  }

  std::string seen;

 private:
  bool open_ = false;
  std::int64_t left_ = 0;
};

bool Read(std::string_view bytes, std::size_t piece, std::string* seen) {
  CheckingSink sink;
  Reader reader(&sink);
  bool good = true;
  for (std::size_t at = 0; good && at < bytes.size(); at += piece) {
    good = reader.Take(bytes.substr(at, piece)).ok();
  }
  *seen = sink.seen;
  return good && reader.Finish().ok();
}

}  // namespace
}  // namespace clockwork::archive

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string whole;
  std::string pieces;
  const bool good = clockwork::archive::Read(bytes, size + 1, &whole);
  FUZZ_CHECK(clockwork::archive::Read(bytes, 97, &pieces) == good);
  FUZZ_CHECK(whole == pieces);
  return 0;
}
