#pragma once

// Errors as values. A function that can fail returns Status or Result<T>; nothing in this code base
// throws across a function boundary, and exceptions of libraries end in the file that calls them.
//
// An Error carries one sentence for a person (naming the input, the place and the remedy) and a
// kind that decides the exit code of the program it ends.

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace clockwork {

enum class ErrorKind {
  kUsage,    // the user asked for something impossible: exit code 2, nothing was started
  kRuntime,  // the world did not cooperate: exit code 1
};

struct Error {
  ErrorKind kind = ErrorKind::kRuntime;
  std::string message;
};

inline Error UsageError(std::string message) { return {ErrorKind::kUsage, std::move(message)}; }
inline Error RuntimeError(std::string message) { return {ErrorKind::kRuntime, std::move(message)}; }

// Either success or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): an Error is returned as it is
  Status(Error error) : failed_(true), error_(std::move(error)) {}

  bool ok() const { return !failed_; }
  // Requires !ok().
  const Error& error() const {
    assert(failed_);
    return error_;
  }

 private:
  bool failed_ = false;
  Error error_;
};

// Either a T or an Error. Accessors require the state they name.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(state_); }
  const Error& error() const { return std::get<Error>(state_); }
  Status status() const { return ok() ? Status() : Status(error()); }

  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace clockwork
