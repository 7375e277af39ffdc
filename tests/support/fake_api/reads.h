#pragma once

// GET and LIST over an ObjectStore. Pure.

#include <cstdint>
#include <optional>
#include <string>

#include "tests/support/fake_api/answer.h"
#include "tests/support/fake_api/object_store.h"
#include "tests/support/fake_api/target.h"

namespace clockwork::testing {

class Selector;

// `changes_ago`: as things were before that many changes (as far as they are known); 0: now.
Answer GetObject(const ObjectStore& store, const Target& target, std::uint64_t changes_ago);
Answer ListObjects(const ObjectStore& store, const Target& target, std::uint64_t changes_ago);

// The label and field selectors of a request, or what is wrong with them.
std::optional<Answer> ReadSelector(const Target& target, Selector* selector);
// A resourceVersion: nothing when it is no number.
std::optional<std::uint64_t> ReadVersion(const std::string& text);

}  // namespace clockwork::testing
