#include "images/telemetry/scan.h"

namespace clockwork::telemetry {
namespace {

Nanos Later(Nanos t_ns, std::int64_t seconds) {
  const Nanos span_ns = seconds * kSecond;
  return t_ns > kNever - span_ns ? kNever : t_ns + span_ns;
}

}  // namespace

template <typename Row>
Status LogScan<Row>::Open(const std::string& path, const WindowOptions& options) {
  if (Status status = reader_.Open(path); !status.ok()) return status;
  if (Status status = FindRange(); !status.ok()) return status;
  if (options.lead_in_seconds == 0 && options.duration_seconds == -1) return {};
  start_ns_ = Later(first_ns_, options.lead_in_seconds);
  if (options.duration_seconds != -1) end_ns_ = Later(start_ns_, options.duration_seconds);
  return FindRange();
}

template <typename Row>
Status LogScan<Row>::FindRange() {
  rows_ = 0;
  first_ns_ = kNever;
  return ForEach([this](const Row& row) {
    ++rows_;
    first_ns_ = std::min(first_ns_, row.t);
  });
}

template class LogScan<RequestRow>;
template class LogScan<ActionRow>;

}  // namespace clockwork::telemetry
