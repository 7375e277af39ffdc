#pragma once

// What a CrashProxy does with bytes: blocking sockets on 127.0.0.1, and requests taken apart and
// put together again.

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/support/fake_api/call.h"
#include "tests/support/fake_api/http_message.h"

namespace clockwork::testing {

// A listening socket on a port of the system's choice; the process ends when there is none.
int ListenOnLoopback(std::uint16_t* port);
// -1 when nobody listens.
int ConnectToLoopback(std::uint16_t port);
// False when the peer is gone.
bool SendAll(int fd, std::string_view bytes);
// Appends what has come, waiting for the first byte; false at the end of the stream.
bool ReadSome(int fd, std::string* bytes);
// The peer has closed its side or reset the connection. Does not wait.
bool PeerIsGone(int fd);
// Closing will reset the connection instead of ending it in order.
void ResetOnClose(int fd);

// The call that a request is.
Call CallOf(const HttpMessage& request);
// The request for the server, which shall close the connection after its answer.
std::string EncodeRequest(const HttpMessage& request);
// The status code of an answer; 0 for what is none.
int CodeOf(std::string_view answer);

}  // namespace clockwork::testing
