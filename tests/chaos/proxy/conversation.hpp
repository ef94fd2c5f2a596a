#pragma once

#include "tests/chaos/proxy/faults.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace millrace::test {

/// What may be forwarded of what was read; with `cut`, the connection ends behind it.
struct passage {
  std::string bytes;
  bool cut = false;
};

/// Understands just enough of one connection's protocol to act at a point of it. On the proxy's thread only.
class conversation {
 public:
  virtual ~conversation() = default;
  virtual passage pass(direction where, std::string_view read) = 0;
  /// What was held back from the client and may go now.
  virtual std::string released() { return {}; }
};

/// Nothing to understand.
class plain_conversation : public conversation {
 public:
  passage pass(direction, std::string_view read) override { return {std::string{read}, false}; }
};

/// Counts occurrences of an event over all connections, and says which of them is meant.
class occurrence {
 public:
  /// The nth from now on (1 is the next), and with `every` each nth after it. 0: never.
  void arm(unsigned nth, bool every) { left_ = nth, period_ = every ? nth : 0; }
  /// The event is here; true if it is meant.
  bool happened() {
    if (left_ == 0 || --left_ > 0) return false;
    left_ = period_;
    ++hits_;
    return true;
  }
  unsigned hits() const { return hits_; }

 private:
  unsigned left_ = 0, period_ = 0, hits_ = 0;
};

}  // namespace millrace::test
