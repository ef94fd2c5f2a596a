#pragma once

#include "connectors/http/client.hpp"
#include "connectors/postgres/session/session.hpp"
#include "connectors/smtp/client.hpp"
#include "runtime/task/outcome.hpp"
#include "runtime/task/task.hpp"

#include <chrono>
#include <functional>

namespace millrace {

/// What an effect handler may use. All members are thread-safe and outlive every execution.
struct effect_context {
  http::client& http;
  smtp::client& mail;
  /// Runs blocking, read-only database work on one of the report connections and then calls the second function on that
  /// thread, with the failure if there was one. Waits its turn; the number at once is `report.connections`.
  std::function<void(std::function<void(unit_of_work&)>, std::function<void(tl::expected<void, postgres::failure>)>)>
      read_database;
  std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
  /// Whether an operator wants this task cancelled. A handler that works for long asks from time to time, stops where it
  /// may and reports `cancelled`; known within a second or two.
  std::function<bool(const task&)> cancel_requested = [](const task&) { return false; };
  /// To be told what the other side has answered to a task of a type, for the metrics: an SMTP reply code or an HTTP status,
  /// 0 if none came.
  std::function<void(const std::string&, long)> answered = [](const std::string&, long) {};
  /// The traceparent to hand on to the other side, or empty.
  std::function<std::string(const task&)> traceparent = [](const task& t) { return t.traceparent; };
};

/// What a call without an answer means, unless it is the task's fault: a retry; or a snooze, where nothing was sent because
/// the destination is left alone for a while (circuit breaker), so that no attempt is counted.
inline outcome unanswered(const http::failure& f) {
  if (f.error == http::transfer_error::circuit_open) return snooze{f.wait};
  return retry{{}, f.message};
}
inline outcome unanswered(const smtp::failure& f) {
  if (f.wait.count() > 0) return snooze{f.wait};
  return retry{{}, f.message};
}

}  // namespace millrace
