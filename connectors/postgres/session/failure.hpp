#pragma once

#include <string>
#include <string_view>

namespace millrace::postgres {

/// How to react to a database failure; decided by SQLSTATE class, in one place (`classify`).
enum class failure_class {
  retry,     ///< 40 (serialization, deadlock), 55P03: run the same transaction again after a jittered 5 to 200 ms
  in_doubt,  ///< the connection ended during COMMIT, which may have happened. Reconnect and run again; the inbox
             ///< detects a repetition
  pause,     ///< server unavailable, starting, full, slow or read-only (08, 28, 53, 57, 58, 25006): the work is valid; wait
  isolate,   ///< 21, 22, 23, 54 and Millrace's P0: the data of one row, or of two conflicting rows, is invalid; bisect
  stop,      ///< 42, 0A and unknown ones: a bug or a wrong schema; do not turn the queue into dead letters
};

/// The SQLSTATE of a statement that exceeded `statement_timeout` or was cancelled by an administrator.
inline constexpr std::string_view query_canceled = "57014";

struct failure {
  failure_class kind = failure_class::stop;
  std::string sqlstate;  ///< five characters, or empty if the server sent none
  std::string message;
};

/// The class of an SQLSTATE; empty (no answer from the server) is `pause`.
failure_class classify(std::string_view sqlstate) noexcept;
const char* to_string(failure_class kind) noexcept;

}  // namespace millrace::postgres
