#include "operator/plan/cluster/evidence.h"

#include <algorithm>
#include <cmath>

#include "images/common/plan/evidence.h"
#include "operator/plan/cluster/reasons.h"

namespace clockwork::plan::cluster {

Result<Measurement> ReadMeasurement(std::string_view text, std::string_view attempt_name,
                                    const api::Validity& validity, bool summary_optional) {
  const auto evidence = ReadEvidence(text, summary_optional);
  if (!evidence.ok()) return evidence.error();
  if (evidence->attempt != attempt_name) return RuntimeError("it is of another attempt");
  const std::int64_t max_lag_us = validity.max_client_lag_p99_microseconds;
  TrialRecord record;
  Judge(*evidence, max_lag_us, &record);
  Measurement measurement;
  measurement.goodput_rps =
      std::llround(std::clamp(record.goodput_rps, 0.0, static_cast<double>(kMaxGoodputRps)));
  measurement.valid = record.valid;
  if (record.valid) return measurement;
  const bool lagged = evidence->client.lag_p99_us > static_cast<double>(max_lag_us);
  measurement.reason = lagged ? reason::kClientLag : reason::kTrialInvalid;
  measurement.message = record.reason;
  return measurement;
}

}  // namespace clockwork::plan::cluster
