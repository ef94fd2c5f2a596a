#pragma once

#include "connectors/http/client.hpp"
#include "connectors/postgres/session/session.hpp"
#include "connectors/smtp/client.hpp"
#include "runtime/task/outcome.hpp"
#include "runtime/task/task.hpp"

#include <chrono>
#include <functional>

namespace millrace {

/// What an effect handler may use. Thread-safe; valid until the handler has called `done`.
class effect_context {
 public:
  using read_work = std::function<void(unit_of_work&)>;
  using read_done = std::function<void(tl::expected<void, postgres::failure>)>;

  /// What the context is made of. All clients are optional and have to outlive the context. A new connector adds a member
  /// here and an accessor below.
  struct services {
    http::client* http = nullptr;
    smtp::client* mail = nullptr;
    std::function<void(read_work, read_done)> read_database = {};
    std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
    std::function<bool(const task&)> cancel_requested = [](const task&) { return false; };
    std::function<void(const std::string& type, long status)> answered = [](const std::string&, long) {};
    std::function<std::string(const task&)> traceparent = [](const task& t) { return t.traceparent; };
  };
  explicit effect_context(services provided) : services_(std::move(provided)) {}

  /// The clients. Each throws std::logic_error, which names it, if it was not provided.
  http::client& http() const;
  smtp::client& mail() const;
  /// Runs blocking, read-only database work on one of the report connections and then calls `done` on that thread, with the
  /// failure if there was one. Queued until a connection is free; there are `report.connections` of them. Throws
  /// std::logic_error if no database was provided.
  void read_database(read_work work, read_done done) const;

  std::chrono::system_clock::time_point now() const { return services_.now(); }
  /// Whether an operator wants this task cancelled. A handler that runs for long checks from time to time, stops where it
  /// can and reports `cancelled`. A request becomes visible within a second or two.
  bool cancel_requested(const task& t) const { return services_.cancel_requested(t); }
  /// Reports the remote side's answer to a task of `type`, for the metrics: an SMTP reply code or an HTTP status, 0 if no
  /// answer was received.
  void answered(const std::string& type, long status) const { services_.answered(type, status); }
  /// The traceparent to pass to the remote side, or empty.
  std::string traceparent(const task& t) const { return services_.traceparent(t); }

  /// A copy that also passes each status to `listener`.
  effect_context with_answer_listener(std::function<void(long status)> listener) const;

 private:
  services services_;
};

/// The outcome of a call without an answer, unless the task is at fault: a retry, or a snooze if nothing was sent because an
/// open circuit breaker rejected the call, so that no attempt is counted.
inline outcome unanswered(const http::failure& f) {
  if (f.error == http::transfer_error::circuit_open) return snooze{f.wait};
  return retry{{}, f.message};
}
inline outcome unanswered(const smtp::failure& f) {
  if (f.wait.count() > 0) return snooze{f.wait};
  return retry{{}, f.message};
}

}  // namespace millrace
