#pragma once

// A transport that answers from a script and keeps what it was asked. For one thread.

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "operator/kube/transport.h"

namespace clockwork::kube {

class FakeTransport final : public HttpTransport {
 public:
  // The next answer; an error is handed out as it is.
  void Answer(int status, std::string body, Nanos retry_after_ns = 0) {
    answers_.emplace_back(HttpResponse{status, std::move(body), retry_after_ns});
  }
  void Fail(ApiError error) { answers_.emplace_back(std::move(error)); }

  Outcome<HttpResponse> Send(const HttpRequest& request) override {
    sent.push_back(request);
    if (answers_.empty()) {
      ADD_FAILURE() << "not expected: " << request.method << " " << request.target;
      return LocalError(Failure::kCut, "not expected");
    }
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

  Outcome<std::unique_ptr<LineStream>> Open(const HttpRequest& request,
                                            Nanos idle_limit_ns) override {
    sent.push_back(request);
    idle_limit = idle_limit_ns;
    if (answers_.empty()) return std::unique_ptr<LineStream>();
    ApiError error = answers_.front().error();
    answers_.pop_front();
    return error;
  }

  void Shutdown() override {}

  // "METHOD target" of everything sent.
  std::vector<std::string> Calls() const {
    std::vector<std::string> calls;
    for (const auto& request : sent) calls.push_back(request.method + " " + request.target);
    return calls;
  }
  bool AllAnswered() const { return answers_.empty(); }

  std::vector<HttpRequest> sent;
  Nanos idle_limit = 0;

 private:
  std::deque<Outcome<HttpResponse>> answers_;
};

}  // namespace clockwork::kube
