#pragma once

#include "connectors/amqp/channel/channel_user.hpp"
#include "connectors/amqp/wire/content_assembler.hpp"

#include <memory>
#include <unordered_map>
#include <vector>

namespace millrace::amqp {

/// The channels of one connection, without I/O: the user of each number and its partially received content.
class channel_table {
 public:
  struct slot {
    std::shared_ptr<channel_user> user;  ///< null: closed by us, waiting for close-ok; input is dropped until then
    content_assembler content;
    std::uint16_t return_code = 0;  ///< of the return whose content is being received; 0: a delivery's
    std::string return_text;
  };

  channel_table(std::uint64_t max_body_bytes, std::shared_ptr<byte_counter> counter)
      : max_body_bytes_(max_body_bytes), counter_(std::move(counter)) {}

  /// Channels from 1 to `max` may be used.
  void limit(std::uint16_t max) { max_ = max; }
  /// Assigns a free number to `user`; 0 if all are taken.
  std::uint16_t open(std::shared_ptr<channel_user> user);
  /// Closed by us: the number stays taken until `free`.
  void abandon(std::uint16_t channel);
  /// Releases the number; returns its user.
  std::shared_ptr<channel_user> free(std::uint16_t channel);
  slot* find(std::uint16_t channel);
  /// Empties the table and returns all users.
  std::vector<std::shared_ptr<channel_user>> take_all();

 private:
  std::uint64_t max_body_bytes_;
  std::shared_ptr<byte_counter> counter_;
  std::uint16_t max_ = 0;
  std::unordered_map<std::uint16_t, slot> slots_;
};

}  // namespace millrace::amqp
