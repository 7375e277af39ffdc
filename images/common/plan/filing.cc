#include "images/common/plan/filing.h"

#include <fmt/format.h>

#include "images/common/plan/evidence.h"

namespace clockwork::plan {

using OrderedJson = nlohmann::ordered_json;

std::string EncodeFiling(const Filing& filing) {
  const OrderedJson json = {{"experiment", filing.experiment},
                            {"measurement", filing.measurement},
                            {"uid", filing.uid},
                            {"workers", filing.worker_counts},
                            {"trials", filing.trials},
                            {"attempts", filing.attempts},
                            {"maxClientLagP99Us", filing.max_lag_us},
                            {"summaryOptional", filing.summary_optional},
                            {"spec", filing.spec}};
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

Result<Filing> DecodeFiling(std::string_view text) {
  try {
    OrderedJson json = OrderedJson::parse(text);
    Filing filing;
    json.at("experiment").get_to(filing.experiment);
    json.at("measurement").get_to(filing.measurement);
    filing.uid = json.value("uid", "");
    json.at("workers").get_to(filing.worker_counts);
    json.at("trials").get_to(filing.trials);
    json.at("attempts").get_to(filing.attempts);
    json.at("maxClientLagP99Us").get_to(filing.max_lag_us);
    json.at("summaryOptional").get_to(filing.summary_optional);
    filing.spec = std::move(json.at("spec"));
    return filing;
  } catch (const OrderedJson::exception& error) {
    return UsageError(
        fmt::format("{}: it describes no experiment: {}", kFilingVariable, error.what()));
  }
}

Plan PlanOf(const Filing& filing) {
  Plan plan;
  plan.worker_counts = filing.worker_counts;
  plan.trials = filing.trials;
  plan.order = OrderOf(filing.worker_counts, filing.trials);
  return plan;
}

Result<TrialRecord> RecordOf(std::string_view evidence, TrialId id, const Filing& filing) {
  const auto read = ReadEvidence(evidence, filing.summary_optional);
  if (!read.ok()) return read.error();
  if (id.config < 1 || id.config > static_cast<std::int64_t>(filing.worker_counts.size())) {
    return UsageError(
        fmt::format("{}: the experiment has no config {}", kFilingVariable, id.config));
  }
  TrialRecord record;
  record.measurement = filing.measurement;
  record.uid = filing.uid;
  record.id = id;
  record.workers = filing.worker_counts[static_cast<std::size_t>(id.config - 1)];
  record.attempts = filing.attempts;
  Judge(*read, filing.max_lag_us, &record);
  return record;
}

bool IsOf(const TrialRecord& record, const PlannedTrial& trial, const Filing& filing) {
  return record.measurement == filing.measurement && record.id == trial.id &&
         record.workers == trial.workers && (record.uid.empty() || record.uid == filing.uid);
}

}  // namespace clockwork::plan
