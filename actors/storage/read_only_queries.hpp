#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/storage/pool_client.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace millrace::actors {

/// Effect handler -> read-only queries: run this on a report connection, then call `done`.
struct read_request {
  std::function<void(unit_of_work&)> work;
  std::function<void(tl::expected<void, postgres::failure>)> done;
};

/// Reports a query's result once: the first result, or a retryable failure if the actor is restarted while the request is in
/// its mailbox.
class read_answer {
 public:
  using listener = std::function<void(tl::expected<void, postgres::failure>)>;
  explicit read_answer(listener done) : done_(std::move(done)) {}
  ~read_answer() {
    report(tl::unexpected(
        postgres::failure{postgres::failure_class::pause, "", "the actor for read-only queries is being restarted"}));
  }
  read_answer(const read_answer&) = delete;
  read_answer& operator=(const read_answer&) = delete;
  void report(tl::expected<void, postgres::failure> read) {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(read));
  }

 private:
  listener done_;
};

struct read_only_queries_state {
  static inline const char* name = "read-only queries";
  std::unique_ptr<pool_client> database;
  ~read_only_queries_state();
};

/// Runs the read-only queries of effect handlers on the pool of report connections. If it ends, open queries fail with an
/// error that can be retried.
caf::behavior read_only_queries(caf::stateful_actor<read_only_queries_state>* self, node_ptr shared);

}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::read_request)
