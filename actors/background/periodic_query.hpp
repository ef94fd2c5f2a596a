#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/storage/pool_client.hpp"

#include <any>
#include <functional>
#include <memory>
#include <string>

namespace millrace::actors {

/// A database query that a node repeats every second.
struct periodic_query {
  unit_work query;                                 ///< runs in a transaction
  std::function<void(const std::any&)> on_result;  ///< receives the result of `query` on an actor's thread; must not block
  std::string error_message;                       ///< logged if the database rejects the query
};

struct periodic_query_state {
  static inline const char* name = "periodic query";

  periodic_query definition;
  std::unique_ptr<pool_client> database;
};

/// Runs `definition` every second on the pool "tasks". Waits while the database is unavailable.
caf::behavior run_periodic_query(caf::stateful_actor<periodic_query_state>* self, const node_ptr& shared,
                                 periodic_query definition);

}  // namespace millrace::actors
