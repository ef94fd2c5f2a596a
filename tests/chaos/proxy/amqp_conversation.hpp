#pragma once

#include "tests/chaos/proxy/conversation.hpp"

namespace millrace::test {

/// Faults at points of the AMQP 0-9-1 protocol, shared by all connections of a proxy.
struct amqp_triggers {
  occurrence client_ack;       ///< cut after this basic.ack of the client
  occurrence lost_client_ack;  ///< cut before this basic.ack, which the server never receives
  bool hold_confirms = false;  ///< hold the server's basic.ack until this is false again
};

/// Splits both streams into frames (type 1, channel 2, size 4, payload, end 0xCE).
class amqp_conversation : public conversation {
 public:
  explicit amqp_conversation(amqp_triggers& triggers) : triggers_(triggers) {}
  passage pass(direction where, std::string_view read) override;
  std::string released() override;

 private:
  /// Removes the first frame and returns it; empty if it is incomplete.
  std::string take_frame(std::string& from);
  void from_client(const std::string& frame, passage& out);
  void from_server(std::string frame, passage& out);

  amqp_triggers& triggers_;
  bool greeted_ = false;  ///< the client's protocol header has passed
  std::string client_, server_, held_;
};

}  // namespace millrace::test
