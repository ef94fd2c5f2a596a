#include "actors/storage/read_only_queries.hpp"

namespace millrace::actors {

read_only_queries_state::~read_only_queries_state() {
  if (database)
    database->fail_all({postgres::failure_class::pause, "", "the actor for read-only queries is being restarted"});
}

caf::behavior read_only_queries(caf::stateful_actor<read_only_queries_state>* self, node_ptr shared) {
  self->state.database = std::make_unique<pool_client>(self, std::move(shared), "reports");
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  return {
      [self](read_request& r) {
        auto work = [read = std::move(r.work)](unit_of_work& w) {
          read(w);
          return std::any{};
        };
        self->state.database->submit(std::move(work), [done = std::move(r.done)](unit_result result) {
          if (result)
            done({});
          else
            done(tl::unexpected(std::move(result.error())));
        });
      },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace::actors
