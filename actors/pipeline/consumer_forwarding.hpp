#pragma once

#include "actors/pipeline/consumer.hpp"

/// The consumer's way to the committer and to the isolated executor: rate limit, quarantine and order.
namespace millrace::actors {

using consumer_self = caf::stateful_actor<consumer_state>*;

/// Fires when the rate limit allows the next delivery.
struct rate_timer {
  std::uint64_t subscription;
};

inline bool is_ordered(const consumer_state& st) { return st.config.settings.ordered; }

/// Takes over the rate limit of the state's `limits`.
void set_rate(consumer_self self);
/// Passes deliveries on, within the rate limit.
void pass_on(consumer_self self, commit_deliveries out);
/// Passes on as many waiting deliveries as the rate allows, and sets a timer for the rest.
void forward_within_rate(consumer_self self);
/// Passes on all waiting deliveries.
void forward_waiting(consumer_self self);
/// In an ordered queue, passes on what may be executed now. Call after deliveries were settled or given up.
void dispatch_ordered(consumer_self self);

}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::rate_timer)
