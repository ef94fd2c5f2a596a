#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/storage/pool_client.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace millrace {

/// To the desk: read the database on a report connection, then tell how it went.
struct read_request {
  std::function<void(unit_of_work&)> work;
  std::function<void(tl::expected<void, postgres::failure>)> done;
};

/// Tells how a read went, once: the first answer, or a failure that waiting mends if the desk is restarted with the request
/// in its mailbox.
class read_answer {
 public:
  using listener = std::function<void(tl::expected<void, postgres::failure>)>;
  explicit read_answer(listener done) : done_(std::move(done)) {}
  ~read_answer() {
    tell(tl::unexpected(postgres::failure{postgres::failure_class::pause, "", "the read-only queries restarts"}));
  }
  read_answer(const read_answer&) = delete;
  read_answer& operator=(const read_answer&) = delete;
  void tell(tl::expected<void, postgres::failure> read) {
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

/// Takes the reads of effect handlers to the pool of report connections. If it ends, what is open is told a failure that
/// waiting mends.
caf::behavior read_only_queries(caf::stateful_actor<read_only_queries_state>* self, node_ptr shared);

}  // namespace millrace

MILLRACE_LOCAL_MESSAGE(millrace::read_request)
