#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node.hpp"
#include "actors/storage/pool_client.hpp"

#include <any>
#include <functional>
#include <memory>
#include <string>

namespace millrace {

/// Something in the database that a node has to look at again and again.
struct watched {
  unit_work look;                            ///< in a transaction
  std::function<void(const std::any&)> act;  ///< upon what `look` returned, on a thread of the scheduler: must not block
  std::string trouble;                       ///< what the log says if the database refuses
};

struct watch_state {
  static inline const char* name = "watch";

  watched what;
  std::unique_ptr<pool_client> database;
};

/// Looks every second. While the database is away, it waits.
caf::behavior watch(caf::stateful_actor<watch_state>* self, const node_ptr& shared, watched what);

}  // namespace millrace
