#pragma once

#include "connectors/amqp/client.hpp"
#include "connectors/amqp/wire/method.hpp"

#include <string>

namespace millrace::amqp {

/// Why a channel ended: the broker's channel.close (with its code), or the end of the connection (code 0).
struct channel_end {
  std::uint16_t code = 0;
  std::string why;
};

/// Handles the input of one channel. Kept alive by the connection until on_end.
class channel_user {
 public:
  virtual ~channel_user() = default;
  /// Any method without content, except channel.close, close-ok and flow. False: unexpected, which ends the connection.
  virtual bool on_method(const method& m) = 0;
  /// A complete message; false as above.
  virtual bool on_delivery(delivery&& message);
  virtual bool on_return(std::uint16_t code, std::string_view text, const delivery& message);
  /// All input of one read was passed on. Called only if `connection::at_read_end` requested it.
  virtual void on_read_end() {}
  /// The channel no longer exists.
  virtual void on_end(const channel_end& end) = 0;
};

inline bool channel_user::on_delivery(delivery&&) { return false; }
inline bool channel_user::on_return(std::uint16_t, std::string_view, const delivery&) { return false; }

}  // namespace millrace::amqp
