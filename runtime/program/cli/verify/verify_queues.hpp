#pragma once

#include "config/settings.hpp"
#include "connectors/postgres/verify/invariants.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::cli {

/// Counts messages at the broker for `millrace verify`: with `amqp.management_url` the ready and unacknowledged messages of
/// all queues of the virtual host, without it only the ready messages of the queues that Millrace declares.
class queue_counter {
 public:
  explicit queue_counter(const config::settings& s);
  ~queue_counter();
  queue_counter(const queue_counter&) = delete;
  queue_counter& operator=(const queue_counter&) = delete;

  /// True if unacknowledged messages are counted. The broker updates that number only every five seconds.
  bool counts_unacked() const noexcept { return management_ != nullptr; }
  /// The findings of I12. `parked`: messages that stay in a queue on purpose, by queue. Blocks for up to
  /// `amqp.connect_timeout` and five seconds; throws `failure` (1) if the broker is unavailable.
  std::vector<postgres::finding> count(const std::map<std::string, std::int64_t>& parked);

 private:
  struct management;
  std::map<std::string, std::int64_t> ready();

  const config::settings& settings_;
  std::unique_ptr<management> management_;
};

}  // namespace millrace::cli
