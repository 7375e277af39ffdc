#pragma once

// One call of the API as faults, hooks and assertions see it. A value.

#include <cstdint>
#include <string>

namespace clockwork::testing {

struct Call {
  std::uint64_t sequence = 0;  // 1, 2, ... in the order of arrival
  // GET, LIST, WATCH, POST, PUT, PATCH, DELETE; DELETECOLLECTION.
  std::string verb;
  // Plural, with "/status" (or "/binding") for a subresource; empty for what is no resource.
  std::string resource;
  std::string group;
  std::string name_space;
  std::string name;
  std::string method;  // of HTTP
  std::string path;    // without the query
  std::string query;   // as sent, percent-encoded
  std::string user_agent;
  std::string body;
  // The status that was answered; 0 as long as there is none, and for good when the answer was
  // dropped before anything was executed.
  int code = 0;
  bool executed = false;  // no fault stood in for the execution

  bool IsWrite() const {
    return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
  }
};

// "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection": as RBAC rules
// name the call's verb.
std::string RbacVerb(const Call& call);

}  // namespace clockwork::testing
