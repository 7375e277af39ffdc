#pragma once

// Which kinds of calls clockwork-operator made of all API servers of all tests since the record was
// last cleared (the test Records.AreCleared of ctest does): files in BuiltPath("records"),
// each written by one process. A test compares them with the operator's role.

#include <compare>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/fake_api/call.h"

namespace clockwork::testing {

struct RecordedCall {
  std::string verb;        // as in a role: get, list, create, ...
  std::string group;       // empty: the core group
  std::string resource;    // with its subresource; empty: none that an API server serves
  bool namespaced = true;  // false: of all namespaces, or of what has none

  auto operator<=>(const RecordedCall&) const = default;
};

// Adds those of the log that clockwork-operator made, as its User-Agent says. Ends the process when
// they cannot be written. Any thread.
void RecordCalls(const std::vector<Call>& log);

// What is recorded, by the program that recorded it.
std::map<std::string, std::set<RecordedCall>> ReadRecordedCalls();

}  // namespace clockwork::testing
