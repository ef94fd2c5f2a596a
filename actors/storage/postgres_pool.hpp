#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace millrace {

struct postgres_pool_state {
  static inline const char* name = "postgres pool";

  struct member {
    caf::actor connection;
    bool busy = false;
    run_unit unit;  ///< what it runs, while busy; kept so that it is not lost with the connection
  };

  node_ptr shared;
  std::string pool;
  std::map<caf::actor_addr, member> members;  ///< connected ones
  std::deque<run_unit> waiting;

  ~postgres_pool_state();
};

/// Hands units of work to connections that are up and free, first come first served. A unit whose connection is lost goes
/// to the front and runs again: units are repeatable by contract. One that took down three connections is answered with
/// `isolate`. At most `max_waiting_units` wait; more are answered with `pause` at once. What is
/// free gets an empty unit every ten seconds, so that a server that has gone is noticed without work.
caf::behavior postgres_pool(caf::stateful_actor<postgres_pool_state>* self, node_ptr shared, std::string pool);

inline constexpr std::size_t max_waiting_units = 1'024;

}  // namespace millrace
