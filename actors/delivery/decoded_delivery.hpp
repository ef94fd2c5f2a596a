#pragma once

#include "actors/delivery/in_flight_effects.hpp"
#include "actors/delivery/seal.hpp"
#include "connectors/amqp/client.hpp"
#include "runtime/task/envelope.hpp"

#include <optional>

namespace millrace::actors {

/// Identifies a delivery for settlement. A tag is valid only within its channel epoch.
struct delivery_key {
  amqp::channel_epoch epoch{};
  amqp::delivery_tag tag{};
  /// False for a task that is executed without a delivery of its own, because the actor's predecessor started it.
  explicit operator bool() const { return tag != amqp::delivery_tag{}; }
  bool operator==(const delivery_key&) const = default;
};

/// A decoded delivery, passed from the consumer to the committer.
struct decoded_delivery {
  task what;
  std::optional<dead> problem;  ///< why it cannot be executed
  bool expired = false;         ///< the broker reported that its TTL expired before it was executed
  bool id_assigned = false;     ///< it had no id; `what.id` is generated, and a redelivery would get another one
  delivery_key key;
  amqp::delivery source;                                   ///< the raw message, for a dead letter; shares the read buffer
  bool claimed_before = false;                             ///< by this process, which records it again to continue it
  std::optional<wall_time> blocked_since = {};             ///< since when another process has been executing it
  in_flight_effects::delivery registered = nullptr;        ///< of an effect: its copy in in_flight_effects
  in_flight_effects::registration registration = nullptr;  ///< of an effect, from before it is recorded until it starts
  std::uint32_t returns = 0;                               ///< times that the broker took it back (x-delivery-count)
  std::uint32_t rounds = 0;  ///< times that it was published again because it had been returned or had found no queue
  bool unrouted = false;     ///< of the dead-letter queue: it came by the task exchange and found no queue
};

/// The time from which a task's queue wait is measured. Excludes the delay before a retry and before `not_before`.
wall_time waiting_since(const task& t);

/// Returns by the broker after which a delivery is published again. It has not been executed, so they prove nothing about
/// it; the new message starts at 0.
inline constexpr std::uint32_t most_returns = 5;
/// From this round on, a task is suspected of crashing its process and is executed in isolation.
inline constexpr std::uint32_t suspect_round = 3;

/// Decodes a delivery of `queue`. Our own headers count only with a valid seal; without `proof` they are trusted.
decoded_delivery decode_delivery(amqp::delivery d, amqp::channel_epoch epoch, const std::string& queue, wall_time now,
                                 const std::function<type_facts(std::string_view)>& facts, const seal* proof = nullptr);

/// Decodes a delivery of the dead-letter queue. It becomes a dead letter, with queue and reason taken from the broker's
/// x-death headers.
decoded_delivery decode_dead_letter(amqp::delivery d, amqp::channel_epoch epoch, const std::string& queue, wall_time now,
                                    const seal* proof = nullptr);

/// Copies the message into its own memory, so that a slow task does not pin the read buffer it shares with others.
void detach_from_read_buffer(decoded_delivery& i);

}  // namespace millrace::actors
