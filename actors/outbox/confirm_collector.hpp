#pragma once

#include "actors/delivery/outcome_resolution.hpp"
#include "actors/node/messages.hpp"
#include "connectors/amqp/client.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace millrace::actors {

/// Event loop -> outbox relay: answers for a part of a batch.
struct partly_confirmed {
  batch_confirmed answer;
};

}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::partly_confirmed)

namespace millrace::actors {

/// Collects the broker's confirms for a batch on the event loop's thread, and reports once all have arrived, or what has
/// arrived when asked.
class confirm_collector {
 public:
  confirm_collector(std::uint64_t batch, std::vector<std::int64_t> ids, std::vector<bool> replies, caf::actor relay)
      : ids_(std::move(ids)), replies_(std::move(replies)), relay_(std::move(relay)) {
    answer_.batch = batch;
  }

  /// Called once for each index.
  void add(std::size_t index, amqp::confirm c, const std::string& why) {
    // A reply whose queue no longer exists is dropped: the requester has deleted it.
    bool done = c == amqp::confirm::accepted || (c == amqp::confirm::returned && replies_[index]);
    auto& kind = done ? answer_.published : c == amqp::confirm::returned ? answer_.unroutable : answer_.unconfirmed;
    kind.push_back(ids_[index]);
    if (!done) answer_.why = why;
    if (++answered_ == ids_.size()) caf::anon_send(relay_, std::move(answer_));
  }

  /// Sends `partly_confirmed` with what has arrived since the last report, unless that is nothing or everything.
  void report_part() {
    if (answered_ == ids_.size()) return;  // reported
    if (answer_.published.size() + answer_.unroutable.size() + answer_.unconfirmed.size() == 0) return;
    auto batch = answer_.batch;
    caf::anon_send(relay_, partly_confirmed{std::exchange(answer_, {})});
    answer_.batch = batch;
  }

 private:
  std::vector<std::int64_t> ids_;
  std::vector<bool> replies_;
  caf::actor relay_;
  batch_confirmed answer_{};
  std::size_t answered_ = 0;
};

}  // namespace millrace::actors
