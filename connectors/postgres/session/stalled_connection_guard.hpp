#pragma once

#include <chrono>

namespace millrace::postgres {

/// Closes a connection whose server does not answer. The server's own timeouts do not help if it is frozen or the network
/// drops all packets, and libpq waits forever. Operations then fail as with any lost connection.
///
/// While this object lives, the socket is checked about once a second. It is shut down if data was sent `limit` ago and
/// nothing has arrived since. TCP only; the socket must stay open as long as this object lives.
class stalled_connection_guard {
 public:
  stalled_connection_guard(int socket, std::chrono::milliseconds limit);
  ~stalled_connection_guard();
  stalled_connection_guard(const stalled_connection_guard&) = delete;
  stalled_connection_guard& operator=(const stalled_connection_guard&) = delete;
};

}  // namespace millrace::postgres
