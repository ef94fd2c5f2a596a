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
  struct expected_row {
    std::int64_t id;
    bool reply = false;     ///< a result for `reply_to`
    bool last_try = false;  ///< of a reply: it is dropped if its queue does not exist
  };

  confirm_collector(std::uint64_t batch, std::vector<expected_row> rows, caf::actor relay)
      : rows_(std::move(rows)), relay_(std::move(relay)) {
    answer_.batch = batch;
  }

  /// Called once for each index.
  void add(std::size_t index, amqp::confirm c, const std::string& why) {
    const auto& row = rows_[index];
    const bool returned = c == amqp::confirm::returned;
    // The queue of a reply may be unavailable for a while, or the requester has deleted it.
    const bool dropped = returned && row.reply && row.last_try;
    const bool done = c == amqp::confirm::accepted || dropped;
    auto& kind = done ? answer_.published : returned ? answer_.unroutable : answer_.unconfirmed;
    kind.push_back(row.id);
    answer_.dropped_replies += dropped;
    answer_.waiting_replies += returned && row.reply && !dropped;
    if (c != amqp::confirm::accepted) answer_.why = why;
    if (++answered_ == rows_.size()) caf::anon_send(relay_, std::move(answer_));
  }

  /// Sends `partly_confirmed` with what has arrived since the last report, unless that is nothing or everything.
  void report_part() {
    if (answered_ == rows_.size()) return;  // reported
    if (answer_.published.size() + answer_.unroutable.size() + answer_.unconfirmed.size() == 0) return;
    auto batch = answer_.batch;
    caf::anon_send(relay_, partly_confirmed{std::exchange(answer_, {})});
    answer_.batch = batch;
  }

 private:
  std::vector<expected_row> rows_;
  caf::actor relay_;
  batch_confirmed answer_{};
  std::size_t answered_ = 0;
};

}  // namespace millrace::actors
