#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/storage/pool_client.hpp"

#include <any>
#include <functional>
#include <memory>
#include <string>

namespace millrace {

/// Something in the database that a node has to look at again and again.
struct periodic_query {
  unit_work query;  ///< in a transaction
  std::function<void(const std::any&)>
      on_result;              ///< upon what `look` returned, on a thread of the scheduler: must not block
  std::string error_message;  ///< what the log says if the database refuses
};

struct periodic_query_state {
  static inline const char* name = "periodic query";

  periodic_query what;
  std::unique_ptr<pool_client> database;
};

/// Looks every second. While the database is away, it waits.
caf::behavior run_periodic_query(caf::stateful_actor<periodic_query_state>* self, const node_ptr& shared,
                                 periodic_query what);

}  // namespace millrace
