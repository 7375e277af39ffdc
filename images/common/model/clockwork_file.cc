#include "images/common/model/clockwork_file.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "images/common/model/model.h"

static_assert(std::endian::native == std::endian::little, "the file's words are read as they are");

namespace clockwork {
namespace {

constexpr std::uint32_t kFileVersion = 1;

// Reads words and remembers the first thing that went wrong; after that every read gives 0.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Word>
  Word Read(const char* what) {
    Word word = 0;
    if (const std::string_view raw = Take(sizeof(Word), what); raw.size() == sizeof(Word)) {
      std::memcpy(&word, raw.data(), sizeof(Word));
    }
    return word;
  }
  void Skip(std::uint64_t count, const char* what) { Take(count, what); }

  // A count of elements of at least `min_bytes` each: more than fit into the rest is an error.
  std::uint32_t Count(std::size_t min_bytes, const char* what) {
    const auto count = Read<std::uint32_t>(what);
    if (ok() && count > (bytes_.size() - offset_) / min_bytes) {
      Fail(fmt::format("{} {} do not fit into the rest of the file", count, what));
    }
    return ok() ? count : 0;
  }

  // The same for a list of structures, which has a version before its count.
  std::uint32_t VersionedCount(std::size_t min_bytes, const char* what) {
    Read<std::uint32_t>(what);
    return Count(min_bytes, what);
  }

  void Fail(const std::string& message) {
    if (ok()) error_ = fmt::format("{} (at byte {})", message, offset_);
  }
  bool ok() const { return error_.empty(); }
  bool AtEnd() const { return offset_ == bytes_.size(); }
  const std::string& error() const { return error_; }

 private:
  std::string_view Take(std::uint64_t count, const char* what) {
    if (!ok()) return {};
    if (count > bytes_.size() - offset_) {
      Fail(fmt::format("the file ends within {}", what));
      return {};
    }
    const std::string_view taken = bytes_.substr(offset_, static_cast<std::size_t>(count));
    offset_ += static_cast<std::size_t>(count);
    return taken;
  }

  std::string_view bytes_;
  std::size_t offset_ = 0;
  std::string error_;
};

// Smallest encodings, to judge counts by.
constexpr std::size_t kStringBytes = 4;
constexpr std::size_t kTensorBytes = 8 + 4 + 8 + 8 + 4 + 12;
constexpr std::size_t kAllocationBytes = 4 + 8 + 8;
constexpr std::size_t kPageEntryBytes = 8 + 8;
constexpr std::size_t kOperatorBytes = 8 + 4 + 8;

// Returns the sum of the tensors' sizes; more than max_bytes is an error.
std::uint64_t ReadTensors(Reader* reader, std::uint64_t max_bytes, const char* what) {
  std::uint64_t sum = 0;
  const std::uint32_t count = reader->VersionedCount(kTensorBytes, what);
  for (std::uint32_t i = 0; i < count && reader->ok(); ++i) {
    reader->Skip(8 + 4 + 8, what);
    const auto size = reader->Read<std::uint64_t>(what);
    if (size > max_bytes - sum) reader->Fail(fmt::format("the {} are too large", what));
    if (reader->ok()) sum += size;
    reader->Skip(std::uint64_t{8} * reader->Count(8, what), what);
    reader->Skip(12, what);
  }
  return sum;
}

void ReadOperators(Reader* reader) {
  const std::uint32_t count = reader->VersionedCount(kOperatorBytes, "operators");
  for (std::uint32_t i = 0; i < count && reader->ok(); ++i) {
    ReadTensors(reader, kMaxWeightsBytes, "operator's tensors");
    reader->Skip(4, "operator's function");
    const std::uint32_t allocations =
        reader->VersionedCount(kAllocationBytes, "workspace allocations");
    reader->Skip(std::uint64_t{allocations} * kAllocationBytes, "workspace allocations");
  }
}

template <typename Word>
void Append(std::string* out, Word word) {
  char raw[sizeof(Word)];
  std::memcpy(raw, &word, sizeof(Word));
  out->append(raw, sizeof(Word));
}

void AppendTensors(std::string* out, std::uint64_t bytes) {
  Append<std::uint32_t>(out, 1);  // version of the list
  Append<std::uint32_t>(out, 1);  // one tensor
  Append<std::uint64_t>(out, 0);
  Append<std::uint32_t>(out, 0);
  Append<std::uint64_t>(out, 0);
  Append<std::uint64_t>(out, bytes);
  Append<std::uint32_t>(out, 1);  // one dimension, of 4-byte floats
  Append<std::int64_t>(out, static_cast<std::int64_t>(bytes / 4));
  Append<std::int32_t>(out, 2);
  Append<std::int32_t>(out, 32);
  Append<std::int32_t>(out, 1);
}

}  // namespace

Result<ClockworkFile> ParseClockworkFile(std::string_view bytes) {
  Reader reader(bytes);
  ClockworkFile file;
  if (const auto version = reader.Read<std::uint32_t>("the version"); version != kFileVersion) {
    reader.Fail(fmt::format("version {} instead of {}", version, kFileVersion));
  }
  reader.Skip(std::uint64_t{4} * 8, "the memory sizes");
  const std::uint32_t functions = reader.Count(kStringBytes, "functions");
  for (std::uint32_t i = 0; i < functions && reader.ok(); ++i) {
    reader.Skip(reader.Count(1, "characters of a function"), "a function's name");
  }
  ReadOperators(&reader);
  file.input_bytes = ReadTensors(&reader, kMaxTensorBytes, "inputs");
  file.output_bytes = ReadTensors(&reader, kMaxTensorBytes, "outputs");
  file.page_bytes = reader.Read<std::uint64_t>("the page size");
  file.weights_pages = reader.VersionedCount(kPageEntryBytes, "weights pages");
  reader.Skip(std::uint64_t{file.weights_pages} * kPageEntryBytes, "weights pages");
  if (!reader.AtEnd()) reader.Fail("more bytes follow the weights pages");
  if (!reader.ok()) return RuntimeError(reader.error());
  return file;
}

std::string WriteClockworkFile(const ClockworkFile& file) {
  std::string out;
  Append<std::uint32_t>(&out, kFileVersion);
  const std::uint64_t weights = file.page_bytes * file.weights_pages;
  for (const std::uint64_t memory : {weights, weights, std::uint64_t{0}, std::uint64_t{0}}) {
    Append<std::uint64_t>(&out, memory);
  }
  Append<std::uint32_t>(&out, 0);  // functions
  Append<std::uint32_t>(&out, 1);  // operators: version, count
  Append<std::uint32_t>(&out, 0);
  AppendTensors(&out, file.input_bytes);
  AppendTensors(&out, file.output_bytes);
  Append<std::uint64_t>(&out, file.page_bytes);
  Append<std::uint32_t>(&out, 1);  // weights pages: version, count
  Append<std::uint32_t>(&out, file.weights_pages);
  for (std::uint32_t page = 0; page < file.weights_pages; ++page) {
    Append<std::uint64_t>(&out, file.page_bytes * page);
    Append<std::uint64_t>(&out, file.page_bytes);
  }
  return out;
}

}  // namespace clockwork
