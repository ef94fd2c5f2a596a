#pragma once

#include "actors/pipeline/consumer.hpp"

/// What a consumer takes in: the broker's events, deliveries, and what is told of them.
namespace millrace {

/// Hands the broker's events on to the consumer, deliveries by way of their buffer.
amqp::subscription_events forward_to(const caf::actor& self, const std::shared_ptr<delivery_buffer>& incoming);

/// Begins the queue's series: an increase over a series that appears later misses its first step, and so would an alert.
void begin_series(const consumer_state& st);

/// Tells the metrics since when the oldest task in hand waits.
void report_oldest_age(consumer_state& st);

/// Decodes a delivery of the consumer's queue.
decoded_delivery decode(const consumer_state& st, amqp::delivery d, amqp::channel_epoch epoch, wall_time now);

}  // namespace millrace
