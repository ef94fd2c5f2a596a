#pragma once

#include "actors/interfaces.hpp"
#include "actors/node.hpp"
#include "actors/pool_client.hpp"

#include <functional>
#include <memory>

namespace millrace {

/// To the desk: read the database on a report connection, then tell how it went.
struct read_request {
  std::function<void(unit_of_work&)> work;
  std::function<void(tl::expected<void, postgres::failure>)> done;
};

struct report_desk_state {
  static inline const char* name = "report desk";
  std::unique_ptr<pool_client> database;
  ~report_desk_state();
};

/// Takes the reads of effect handlers to the pool of report connections. If it ends, what is open is told a failure that
/// waiting mends.
caf::behavior report_desk(caf::stateful_actor<report_desk_state>* self, node_ptr shared);

}  // namespace millrace

MILLRACE_LOCAL_MESSAGE(millrace::read_request)
