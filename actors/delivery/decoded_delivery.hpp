#pragma once

#include "actors/delivery/in_flight_effects.hpp"
#include "connectors/amqp/client.hpp"
#include "runtime/task/envelope.hpp"

#include <optional>

namespace millrace {

/// One delivery by the broker, as the consumer settles it: the tag means something only within its epoch.
struct delivery_key {
  amqp::channel_epoch epoch{};
  amqp::delivery_tag tag{};
  /// False: a task that is executed without a delivery of its own, as its actor's predecessor began it.
  explicit operator bool() const { return tag != amqp::delivery_tag{}; }
  bool operator==(const delivery_key&) const = default;
};

/// A decoded delivery on its way to the committer.
struct decoded_delivery {
  task what;
  std::optional<dead> problem;  ///< why it cannot be executed
  bool expired = false;         ///< its time was over before it was executed, says the broker
  bool id_assigned = false;     ///< it came without an id; `what.id` is new, and a redelivery would get another one
  delivery_key key;
  amqp::delivery source;                             ///< the raw message, for its dead letter; shares the read's buffer
  bool claimed_before = false;                       ///< by this process, which counts it again to go on with it
  std::optional<wall_time> blocked_since = {};       ///< since when another process has it under way
  in_flight_effects::delivery kept = nullptr;        ///< of an effect: its copy in the journal
  in_flight_effects::hold in_flight_hold = nullptr;  ///< of an effect, from before it is counted until it is begun
};

/// Since when a task waits to be executed. The time before a further try, or before it is due at all, does not count.
wall_time waits_since(const task& t);

/// Decodes a delivery of `queue`.
decoded_delivery decode_delivery(amqp::delivery d, amqp::channel_epoch epoch, const std::string& queue, wall_time now,
                                 const std::function<type_facts(std::string_view)>& facts);

/// The same, of the dead-letter queue: whatever arrives there ends as a dead letter, under the queue and for the reason that
/// the broker's x-death headers tell.
decoded_delivery decode_dead_letter(amqp::delivery d, amqp::channel_epoch epoch, const std::string& queue, wall_time now);

/// Moves the message into memory of its own, so that a slow task does not pin the read buffer it shares with others.
void detach_from_read_buffer(decoded_delivery& i);

}  // namespace millrace
