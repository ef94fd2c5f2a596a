#pragma once

#include "connectors/amqp/client.hpp"

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace millrace::actors {

/// The deliveries of one or more reads, for a consumer.
struct deliveries {
  amqp::channel_epoch epoch;
  std::vector<amqp::delivery> batch;
};

/// Buffers a queue's deliveries between the event loop and the consumer while the committer is busy. Under load, one message
/// to the consumer per read would wake three threads for a dozen deliveries that cannot be committed yet. The first delivery
/// of an idle queue is forwarded immediately. Thread-safe. Bounded, like everything in flight, by the prefetch and the byte
/// budget.
class delivery_buffer {
 public:
  /// Sends deliveries to the consumer. Called under the buffer's lock, so that deliveries which two threads forward reach
  /// the consumer's mailbox in the order of their reads. Must not block or call the buffer.
  using forward = std::function<void(deliveries)>;

  /// Called by the event loop. Forwards what may be forwarded now.
  void add(amqp::channel_epoch epoch, std::vector<amqp::delivery> read, const forward& to_consumer);
  /// Called by the committer when a transaction starts: from now on deliveries are buffered for the next one.
  void busy();
  /// Called by the committer when it has no work. Forwards the buffered deliveries.
  void idle(const forward& to_consumer);
  /// Called by the consumer of a queue without order while draining: disables buffering. Returns the buffered deliveries.
  [[nodiscard]] std::optional<deliveries> open();
  /// Called by the consumer: `count` forwarded deliveries have arrived.
  void arrived(std::size_t count);
  /// Whether no deliveries are buffered or on their way to the consumer.
  bool empty() const;

 private:
  std::optional<deliveries> take();
  bool holds_back() const { return busy_ && !open_ && waiting_.batch.size() < worth_a_message; }

  /// This many are forwarded even while the committer is busy, so that they are decoded during its transaction.
  static constexpr std::size_t worth_a_message = 128;

  mutable std::mutex mutex_;
  bool busy_ = false;
  bool open_ = false;
  deliveries waiting_{};
  std::size_t on_their_way_ = 0;
};

}  // namespace millrace::actors
