#pragma once

#include "connectors/amqp/client.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace millrace {

/// All deliveries of some reads, for a consumer.
struct deliveries {
  amqp::channel_epoch epoch;
  std::vector<amqp::delivery> batch;
};

/// Where the event loop leaves a queue's deliveries while the committer is busy: under load a message to the consumer for
/// every read wakes three threads for a dozen deliveries, and none of them can be committed yet. The first delivery of a
/// quiet queue goes on at once. From any thread; what it holds is bounded by the prefetch and the byte budget, as all that
/// is in flight.
class delivery_buffer {
 public:
  /// From the event loop: what is to be handed on now, if anything.
  [[nodiscard]] std::optional<deliveries> add(amqp::channel_epoch epoch, std::vector<amqp::delivery> read);
  /// From the committer: a transaction runs, and what comes meanwhile waits for the next one.
  void busy();
  /// From the committer: it has nothing to do. What waited is to be handed on now.
  [[nodiscard]] std::optional<deliveries> idle();
  /// From the consumer, while draining: nothing waits here any more. What waited is to be handed on now.
  [[nodiscard]] std::optional<deliveries> open();
  /// From the consumer: so many of what was handed on have arrived.
  void arrived(std::size_t count);
  /// Whether deliveries wait, or are on their way to the consumer.
  bool empty() const;

 private:
  std::optional<deliveries> take();
  bool holds_back() const { return busy_ && !open_ && waiting_.batch.size() < worth_a_message; }

  /// So many are handed on in any case, so that they are decoded while the transaction runs.
  static constexpr std::size_t worth_a_message = 128;

  mutable std::mutex mutex_;
  bool busy_ = false;
  bool open_ = false;
  deliveries waiting_{};
  std::size_t on_their_way_ = 0;
};

}  // namespace millrace
