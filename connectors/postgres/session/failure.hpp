#pragma once

#include <string>
#include <string_view>

namespace millrace::postgres {

/// What a database failure asks of us; decided by SQLSTATE class, in one place (`classify`).
enum class failure_class {
  retry,     ///< 40 (serialization, deadlock), 55P03: run the same transaction again after a jittered 5 to 200 ms
  in_doubt,  ///< the connection ended during COMMIT: it may have happened. Reconnect and run again; the inbox tells the
             ///< truth
  pause,     ///< server away, starting, full, too slow or read-only (08, 28, 53, 57, 58, 25006): the work is fine; wait
  isolate,   ///< 21, 22, 23, 54 and our P0: the data of one row, or of two that do not go together, is at fault; bisect
  stop,      ///< 42, 0A and the unknown: a bug or a wrong schema; do not drain the queue into dead letters
};

/// The SQLSTATE of a statement that took longer than `statement_timeout`, or was ended by an administrator.
inline constexpr std::string_view query_canceled = "57014";

struct failure {
  failure_class kind = failure_class::stop;
  std::string sqlstate;  ///< five characters, or empty where the server gave none
  std::string message;
};

/// The class of an SQLSTATE; empty (no answer from the server) is `pause`.
failure_class classify(std::string_view sqlstate) noexcept;
const char* to_string(failure_class kind) noexcept;

}  // namespace millrace::postgres
