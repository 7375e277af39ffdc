#include "operator/reconcile/json_log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace clockwork::reconcile {
namespace {

TEST(JsonLogLine, IsOneObjectWithTheFieldsAtTheEnd) {
  const kube::LogField fields[] = {{"experiment", "lab/x"}, {"reason", "a \"b\"\nc"}};
  EXPECT_EQ(JsonLogLine(1'500'000'000, LogLevel::kWarning, "refused", fields),
            R"({"time":"1970-01-01T00:00:01.500Z","level":"warning","message":"refused",)"
            R"("experiment":"lab/x","reason":"a \"b\"\nc"})");
}

TEST(JsonLogLine, ReplacesWhatIsNoUtf8) {
  const std::string line = JsonLogLine(0, LogLevel::kInfo, "\xff", {});
  EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

}  // namespace
}  // namespace clockwork::reconcile
