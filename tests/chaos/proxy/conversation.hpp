#pragma once

#include "tests/chaos/proxy/faults.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace millrace::test {

/// The bytes that may be forwarded after a read. With `cut`, the connection ends after them.
struct passage {
  std::string bytes;
  bool cut = false;
};

/// Parses as much of one connection's protocol as it needs to inject faults. On the proxy's thread only.
class conversation {
 public:
  virtual ~conversation() = default;
  virtual passage pass(direction where, std::string_view read) = 0;
  /// Held bytes for the client that may be forwarded now.
  virtual std::string released() { return {}; }
};

/// A conversation that forwards everything unparsed.
class plain_conversation : public conversation {
 public:
  passage pass(direction, std::string_view read) override { return {std::string{read}, false}; }
};

/// Counts occurrences of an event over all connections and selects those with a fault.
class occurrence {
 public:
  /// Selects the nth occurrence from now on (1 is the next), and with `every` each nth after it. 0: none.
  void arm(unsigned nth, bool every) { left_ = nth, period_ = every ? nth : 0; }
  /// Counts an occurrence; true if it is selected.
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
