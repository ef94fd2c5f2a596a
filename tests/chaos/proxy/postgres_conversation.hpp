#pragma once

#include "tests/chaos/proxy/conversation.hpp"

#include <set>

namespace millrace::test {

/// Faults at points of PostgreSQL's protocol 3, shared by a proxy's connections.
struct postgres_triggers {
  occurrence lost_commit_reply;  ///< pass this COMMIT on, let it happen, and cut the client off before it hears of it
};

/// Follows messages (type 1, length 4 that counts itself, body), keeping no more than the head of one. A COMMIT is a simple
/// query or the execution of a portal whose statement is one.
class postgres_conversation : public conversation {
 public:
  explicit postgres_conversation(postgres_triggers& triggers) : triggers_(triggers) {}
  passage pass(direction where, std::string_view read) override;

 private:
  /// One stream's place in its current message.
  struct reader {
    bool typed;  ///< messages begin with a type; a client's first ones do not
    std::string head;
    std::size_t left = 0;  ///< bytes of the current message after its head was complete
  };
  /// Reads up to the end of the next message's head; its type, 0 where it is not complete. Counts what it took.
  char next_head(reader& r, std::string_view bytes, std::size_t& taken);
  void client_message(char type, std::string_view body);
  void first_message(std::string_view body);

  postgres_triggers& triggers_;
  reader client_{false, {}, 0}, server_{true, {}, 0};
  bool encrypted_ = false;                      ///< nothing can be understood any more
  bool one_byte_expected_ = false;              ///< the answer to a request for encryption
  bool losing_ = false;                         ///< the COMMIT that is meant has been sent
  std::set<std::string> statements_, portals_;  ///< names of prepared COMMITs
};

}  // namespace millrace::test
