#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>

namespace millrace::postgres {

/// The role of the server in a replication set.
struct replication_state {
  bool standby = false;       ///< the server is in recovery and read-only
  std::int64_t replicas = 0;  ///< replicas that stream from it now; base backups and logical subscribers do not count
};

/// Reads the state of the server. Needs no privileges.
replication_state read_replication_state(unit_of_work& work);

}  // namespace millrace::postgres
