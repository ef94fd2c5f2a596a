#pragma once

#include "connectors/amqp/channel/channel_table.hpp"

#include <string_view>
#include <vector>

namespace millrace::bench {

/// Processes the bytes of a consumer's channel as amqp::connection does, without a socket.
class frame_reader {
 public:
  frame_reader();
  /// The deliveries that these bytes complete. Throws std::runtime_error on bytes that no broker sends.
  std::vector<amqp::delivery> read(std::string_view bytes);

 private:
  void parse();
  void take(const amqp::frame& f);

  std::shared_ptr<amqp::byte_counter> counter_ = std::make_shared<amqp::byte_counter>();
  amqp::read_buffer in_{counter_};
  amqp::channel_table channels_;
  std::size_t needed_ = 0;
  std::vector<amqp::delivery> complete_;
};

}  // namespace millrace::bench
