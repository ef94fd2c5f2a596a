#pragma once

#include "tests/chaos/proxy/conversation.hpp"

#include <set>

namespace millrace::test {

/// Faults at points of PostgreSQL's protocol 3, shared by all connections of a proxy.
struct postgres_triggers {
  occurrence lost_commit_reply;  ///< forward this COMMIT, and reset the client before the reply
};

/// Parses messages (type 1, length 4 that includes itself, body) and stores only the head of one. A COMMIT is a simple query
/// or the execution of a portal whose statement is COMMIT.
class postgres_conversation : public conversation {
 public:
  explicit postgres_conversation(postgres_triggers& triggers) : triggers_(triggers) {}
  passage pass(direction where, std::string_view read) override;

 private:
  /// The position of one stream in its current message.
  struct reader {
    bool typed;  ///< messages begin with a type, unlike the first ones of a client
    std::string head;
    std::size_t left = 0;  ///< bytes of the current message after its head was complete
  };
  /// Reads up to the end of the next head, and adds the bytes to `taken`. Returns the message's type; 0 if incomplete.
  char next_head(reader& r, std::string_view bytes, std::size_t& taken);
  void client_message(char type, std::string_view body);
  void first_message(std::string_view body);

  postgres_triggers& triggers_;
  reader client_{false, {}, 0}, server_{true, {}, 0};
  bool encrypted_ = false;                      ///< the rest of the connection cannot be parsed
  bool one_byte_expected_ = false;              ///< the reply to a request for encryption
  bool losing_ = false;                         ///< the selected COMMIT has been forwarded
  std::set<std::string> statements_, portals_;  ///< names of prepared COMMITs
};

}  // namespace millrace::test
