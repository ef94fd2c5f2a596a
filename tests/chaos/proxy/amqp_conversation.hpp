#pragma once

#include "tests/chaos/proxy/conversation.hpp"

namespace millrace::test {

/// Faults at points of AMQP 0-9-1, shared by a proxy's connections.
struct amqp_triggers {
  occurrence client_ack;       ///< cut behind this basic.ack of the client
  occurrence lost_client_ack;  ///< cut before it: the server never sees it
  bool hold_confirms = false;  ///< keep back the server's basic.ack until this is false again
};

/// Splits both streams into frames (type 1, channel 2, size 4, payload, end 0xCE).
class amqp_conversation : public conversation {
 public:
  explicit amqp_conversation(amqp_triggers& triggers) : triggers_(triggers) {}
  passage pass(direction where, std::string_view read) override;
  std::string released() override;

 private:
  /// Takes one frame off the front; empty if it is not all there yet.
  std::string take_frame(std::string& from);
  void from_client(const std::string& frame, passage& out);
  void from_server(std::string frame, passage& out);

  amqp_triggers& triggers_;
  bool greeted_ = false;  ///< the client's protocol header has passed
  std::string client_, server_, held_;
};

}  // namespace millrace::test
