#pragma once

// Opening a log, and the sentences about one that cannot be used: the same for whoever reads it.

#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/base/result.h"

namespace clockwork::telemetry {

// Opens a plain file to be read; the caller closes `*fd`, which is left alone on an error.
Status OpenPlainFile(const std::string& path, int* fd, std::uint64_t* size_bytes);

// read(2) gave `count` bytes, none or less, with this errno.
Error CannotRead(const std::string& path, std::int64_t count, int code);
// The file does not begin with `header` (rows.h).
Error WrongHeader(const std::string& path, std::string_view header);
Error LineTooLong(const std::string& path);
// `line` counts from 1, the header; `column` as in ParsedRow.
Error MalformedLine(const std::string& path, std::uint64_t line, std::string_view column);

}  // namespace clockwork::telemetry
