#pragma once

// Logs for tests of telemetry: the synthetic run behind tests/golden (spec/telemetry.md §2.10), and
// helpers to put rows and texts into files. Failures fail the test.

#include <string>
#include <string_view>
#include <vector>

#include "images/common/telemetry/rows.h"

namespace clockwork::testing {

inline constexpr Nanos kGoldenStartNs = 1'600'000'000'000'000'000;

// 400 requests over 200 s, 150 actions from the first second on.
std::vector<telemetry::RequestRow> GoldenRequests();
std::vector<telemetry::ActionRow> GoldenActions();

// The whole text of a log, with its header.
std::string LogText(const std::vector<telemetry::RequestRow>& rows);
std::string LogText(const std::vector<telemetry::ActionRow>& rows);

void WriteText(const std::string& path, std::string_view text);
std::string ReadText(const std::string& path);

// Writes DIRECTORY/file=controller_<config>_{request,action}.tsv.
void WriteLogs(const std::string& directory, int config, std::string_view requests,
               std::string_view actions);

}  // namespace clockwork::testing
