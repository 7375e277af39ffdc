#pragma once

// The transport that ships, over cpprestsdk, which nothing but cpprest_*.cc includes.
//
// A request is sent a second time in two cases only: after a 401 with a token that has changed
// since (the first one was not executed), and by the library itself when a kept connection turns
// out to be closed before any answer, which it cannot tell from a request that was executed and
// whose answer was lost. Writes must bear being executed twice: fixed names, resource versions.
//
// Not to be called from the library's own threads (nothing of ours runs there). A name that is
// looked up in vain cannot be interrupted for some seconds; programs in a cluster use the address.

#include <memory>
#include <string>

#include "images/common/base/result.h"
#include "operator/kube/client_config.h"
#include "operator/kube/credentials.h"
#include "operator/kube/transport.h"

namespace clockwork::kube {

struct TransportOptions {
  std::string user_agent = "clockwork-operator";
  // Of silence in one step of a request: connecting, the head, each 64 KiB or chunk of the body.
  Nanos step_limit_ns = 30 * kSecond;
  // Of a whole request, and of a watch until its head is there.
  Nanos request_limit_ns = 90 * kSecond;
  std::size_t max_answer_bytes = kMaxAnswerBytes;
  std::size_t max_line_bytes = kMaxLineBytes;
  FileReader read_file;  // empty: CredentialFileReader()
  ClockReader now;       // empty: NowNs
  ExecRunner run_exec;   // empty: RunExecPlugin
};

inline constexpr std::size_t kTransportThreads = 2;  // nothing of ours blocks them

// First thing in main, before there is a second thread: settings of the process that the library
// needs (its threads; the environment variables SSL_CERT_FILE and SSL_CERT_DIR, so that it does not
// read and trust the system's authorities for each connection). MakeCpprestTransport calls it too.
void PrepareProcessForCpprest();

// Reads the credentials once (or waits for the program that prints them); an error when they are
// not usable. Connects at the first request.
Result<std::unique_ptr<HttpTransport>> MakeCpprestTransport(const ClientConfig& config,
                                                            const TransportOptions& options = {});

}  // namespace clockwork::kube
