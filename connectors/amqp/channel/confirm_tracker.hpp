#pragma once

#include "connectors/amqp/client.hpp"

#include <deque>
#include <string_view>

namespace millrace::amqp {

/// Tracks the unconfirmed publishes of a confirm channel, without I/O. Publishes are numbered from 1. Confirms may arrive
/// out of order and cover several publishes.
class confirm_tracker {
 public:
  struct settled {
    confirm_callback done;
    confirm what = confirm::unknown;
    std::string why;
  };
  using settlements = std::vector<settled>;

  std::size_t open() const noexcept { return open_; }
  void add(const outgoing& message, confirm_callback done);
  /// A basic.return: kept until the confirm, which the broker sends after it. It carries no number, so it is assigned to the
  /// oldest publish with the same exchange, routing key and message id that has no return yet.
  void returned(std::string_view exchange, std::string_view routing_key, std::string_view message_id, std::string why);
  /// A confirm. False if the number was never assigned.
  bool settle(std::uint64_t number, bool multiple, confirm what, settlements& out);
  /// The channel ended: all open publishes are unknown, except those to `missing_exchange` (if any), which ended it and are
  /// returned.
  settlements abandon(const std::string& why, std::string_view missing_exchange);

 private:
  struct entry {
    confirm_callback done;  ///< null: settled out of order
    std::size_t exchange;
    std::size_t address;
    std::string returned_why;
  };

  void settle_one(entry& which, confirm what, settlements& out);

  std::deque<entry> entries_;
  std::uint64_t first_ = 1;  ///< number of entries_.front()
  std::size_t open_ = 0;
};

}  // namespace millrace::amqp
