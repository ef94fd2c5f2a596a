#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace millrace::actors {

struct postgres_pool_state {
  static inline const char* name = "postgres pool";

  struct member {
    caf::actor connection;
    bool busy = false;
    run_unit unit;  ///< the running unit; kept so that it is not lost with the connection
  };

  node_ptr shared;
  std::string pool;
  std::map<caf::actor_addr, member> members;  ///< connected ones
  std::deque<run_unit> waiting;

  ~postgres_pool_state();
};

/// Assigns units of work to idle connections, first come, first served. A unit whose connection is lost goes to the front of
/// the queue and runs again: units are repeatable by contract. One that lost three connections is answered with `isolate`.
/// At most `max_waiting_units` are queued; further ones are answered with `pause` immediately. Idle connections get an empty
/// unit every ten seconds, so that a lost server is noticed without traffic.
caf::behavior postgres_pool(caf::stateful_actor<postgres_pool_state>* self, node_ptr shared, std::string pool);

inline constexpr std::size_t max_waiting_units = 1'024;

}  // namespace millrace::actors
