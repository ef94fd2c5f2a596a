#pragma once

#include "actors/delivery/decoded_delivery.hpp"
#include "connectors/postgres/task/outbox_store.hpp"

#include <optional>

namespace millrace::actors {

/// The message to publish instead of executing a delivery that the broker has returned often or found no queue for; nothing
/// if it is to be executed. Its rounds are bounded: a returned task is executed in isolation from `suspect_round` on, an
/// unrouted one becomes a dead letter after half an hour. On an ordered queue returns prove nothing. Pure.
std::optional<postgres::outbox_row> next_round(const decoded_delivery& d, bool ordered, wall_time now);

}  // namespace millrace::actors
