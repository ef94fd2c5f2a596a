#pragma once

#include <chrono>

namespace millrace::postgres {

/// Ends a connection whose server owes an answer and keeps silent. The server's own time-outs do not help where it is frozen
/// or behind a line that swallows everything, and libpq waits for ever; what was ended fails as any lost connection does.
///
/// While this object lives, the socket is looked at about once a second: if we sent something `limit` ago and nothing has
/// arrived since, it is shut down. TCP only; the socket must stay open for as long as this object lives.
class stalled_connection_guard {
 public:
  stalled_connection_guard(int socket, std::chrono::milliseconds limit);
  ~stalled_connection_guard();
  stalled_connection_guard(const stalled_connection_guard&) = delete;
  stalled_connection_guard& operator=(const stalled_connection_guard&) = delete;
};

}  // namespace millrace::postgres
