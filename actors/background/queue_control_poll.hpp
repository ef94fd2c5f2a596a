#pragma once

#include "actors/background/periodic_query.hpp"

namespace millrace {

/// Looks each second at what operators have set for the queues, and tells the consumers. Enters the node in the table of
/// nodes, as its share of a rate depends on how many live.
periodic_query queue_control_poll(const node_ptr& shared);

}  // namespace millrace
