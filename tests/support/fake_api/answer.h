#pragma once

// What a FakeApiServer answers: a code and a JSON body; errors as Status objects. Pure.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/support/fake_api/resource_kind.h"

namespace clockwork::testing {

struct Answer {
  int code = 200;
  nlohmann::json body;
  int retry_after_seconds = 0;

  bool ok() const { return code < 300; }
};

// A Status object with status Failure.
nlohmann::json FailureStatus(int code, std::string_view reason, std::string_view message);
Answer Failure(int code, std::string_view reason, std::string_view message);

// The refusals that name an object: `pods "x" not found`, and so on.
Answer NotFoundAnswer(const ResourceKind& kind, std::string_view name);
Answer AlreadyExistsAnswer(const ResourceKind& kind, std::string_view name);
Answer ConflictAnswer(const ResourceKind& kind, std::string_view name, std::string_view why);
Answer InvalidAnswer(const ResourceKind& kind, std::string_view name, std::string_view field,
                     std::string_view why);
inline constexpr std::string_view kModifiedMeanwhile =
    "the object has been modified; please apply your changes to the latest version and try again";

Answer BadRequestAnswer(std::string_view message);
Answer ExpiredAnswer(std::string_view message);

}  // namespace clockwork::testing
