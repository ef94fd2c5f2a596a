#pragma once

#include "actors/pipeline/consumer.hpp"

/// The consumer's input: broker events, deliveries and their age.
namespace millrace::actors {

/// Forwards the broker's events to the consumer, deliveries through their buffer.
amqp::subscription_events forward_to(const caf::actor& self, const std::shared_ptr<delivery_buffer>& incoming);

/// Reports to readiness and metrics why the queue is not consumed; an empty reason: it is, or it is paused.
void report_consumed(const consumer_state& st, const std::string& reason);

/// As report_consumed, and logs the reason.
void report_not_consumed(const consumer_state& st, const std::string& reason);

/// Updates the metric of the oldest task in flight.
void report_oldest_age(consumer_state& st);

/// Decodes a delivery of the consumer's queue.
decoded_delivery decode(const consumer_state& st, amqp::delivery d, amqp::channel_epoch epoch, wall_time now);

}  // namespace millrace::actors
