#include "operator/kube/health_endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "operator/kube/metrics.h"

namespace clockwork::kube {
namespace {

struct Request {
  std::string_view method;
  std::string_view path;
  std::string_view query;
};

struct Answer {
  int status = 200;
  std::string body;
  std::string_view content_type = "text/plain; charset=utf-8";
};

std::string_view StatusText(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Internal Server Error";
  }
}

std::string Render(const Answer& answer, bool with_body) {
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
      "X-Content-Type-Options: nosniff\r\nConnection: close\r\n{}\r\n",
      answer.status, StatusText(answer.status), answer.content_type, answer.body.size(),
      answer.status == 405 ? "Allow: GET, HEAD\r\n" : "");
  if (with_body) text += answer.body;
  return text;
}

std::string Refusal(int status, std::string_view why) {
  return Render({.status = status, .body = std::string(why) + "\n"}, true);
}

// What stands before the separator; `text` keeps what stands behind it.
std::string_view CutAt(std::string_view* text, std::string_view separator) {
  const std::size_t at = text->find(separator);
  const std::string_view head = text->substr(0, at);
  text->remove_prefix(at == std::string_view::npos ? text->size() : at + separator.size());
  return head;
}

std::set<std::string_view> Excluded(std::string_view query) {
  std::set<std::string_view> names;
  while (!query.empty()) {
    std::string_view value = CutAt(&query, "&");
    if (CutAt(&value, "=") == "exclude") names.insert(value);
  }
  return names;
}

bool Asks(std::string_view query, std::string_view what) {
  while (!query.empty()) {
    std::string_view value = CutAt(&query, "&");
    if (CutAt(&value, "=") == what) return true;
  }
  return false;
}

Answer RunChecks(std::string_view title, const std::vector<NamedCheck>& checks,
                 std::string_view query) {
  const std::set<std::string_view> excluded = Excluded(query);
  std::string lines;
  bool healthy = true;
  for (const NamedCheck& check : checks) {
    if (excluded.contains(check.name)) {
      lines += fmt::format("[+]{} excluded: ok\n", check.name);
      continue;
    }
    const std::string wrong = check.check();
    healthy = healthy && wrong.empty();
    lines += wrong.empty() ? fmt::format("[+]{} ok\n", check.name)
                           : fmt::format("[-]{} failed: {}\n", check.name, wrong);
  }
  if (!healthy) return {.status = 500, .body = fmt::format("{}{} check failed\n", lines, title)};
  if (!Asks(query, "verbose")) return {.body = "ok"};
  return {.body = fmt::format("{}{} check passed\n", lines, title)};
}

Answer RunOne(const std::vector<NamedCheck>& checks, std::string_view name) {
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const NamedCheck& check) { return check.name == name; });
  if (found == checks.end()) return {.status = 404, .body = "there is no such check\n"};
  const std::string wrong = found->check();
  if (wrong.empty()) return {.body = "ok"};
  return {.status = 500, .body = fmt::format("{} failed: {}\n", name, wrong)};
}

Answer Route(const HealthEndpoints& endpoints, const Request& request) {
  std::string_view rest = request.path;
  rest.remove_prefix(1);
  const std::string_view first = CutAt(&rest, "/");
  if (first == "healthz" || first == "readyz") {
    const auto& checks = first == "healthz" ? endpoints.healthz : endpoints.readyz;
    return rest.empty() ? RunChecks(first, checks, request.query) : RunOne(checks, rest);
  }
  if (first == "metrics" && rest.empty() && endpoints.render_metrics) {
    return {.body = endpoints.render_metrics(), .content_type = kMetricsContentType};
  }
  return {.status = 404, .body = "there are /healthz, /readyz and /metrics\n"};
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool StartsWithIgnoringCase(std::string_view line, std::string_view lower) {
  return line.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), line.begin(),
                    [](char expected, char found) { return expected == Lower(found); });
}

bool HasBody(std::string_view headers) {
  while (!headers.empty()) {
    std::string_view line = CutAt(&headers, "\r\n");
    if (StartsWithIgnoringCase(line, "transfer-encoding:")) return true;
    if (!StartsWithIgnoringCase(line, "content-length:")) continue;
    CutAt(&line, ":");
    if (line.find_first_not_of(" \t0") != std::string_view::npos) return true;
  }
  return false;
}

// Bytes that begin no request line: control characters, a TLS greeting.
bool IsGarbage(std::string_view received) {
  const std::string_view word = received.substr(0, received.find(' '));
  constexpr std::size_t kLongestMethod = 16;
  return word.size() > kLongestMethod ||
         !std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::optional<std::string> AnswerRequest(const HealthEndpoints& endpoints,
                                         std::string_view received) {
  if (received.empty()) return std::nullopt;
  if (IsGarbage(received)) return Refusal(400, "this is no HTTP request");
  const std::size_t end = received.find("\r\n\r\n");
  if (end > kMaxProbeRequestBytes) {  // npos, too: not there yet
    if (received.size() < kMaxProbeRequestBytes) return std::nullopt;
    return Refusal(431, "the request is too long");
  }
  std::string_view headers = received.substr(0, end);
  std::string_view line = CutAt(&headers, "\r\n");
  Request request;
  request.method = CutAt(&line, " ");
  std::string_view target = CutAt(&line, " ");
  if (!target.starts_with('/') || !line.starts_with("HTTP/")) {
    return Refusal(400, "this is no HTTP request");
  }
  if (!line.starts_with("HTTP/1.")) return Refusal(505, "only HTTP/1.1 is spoken here");
  if (request.method != "GET" && request.method != "HEAD") {
    return Refusal(405, "only GET and HEAD are answered");
  }
  if (HasBody(headers)) return Refusal(413, "a request with a body is not answered");
  request.path = CutAt(&target, "?");
  request.query = target;
  return Render(Route(endpoints, request), request.method == "GET");
}

}  // namespace clockwork::kube
