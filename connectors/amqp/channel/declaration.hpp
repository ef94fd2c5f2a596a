#pragma once

#include "connectors/amqp/backoff.hpp"
#include "connectors/amqp/channel/channel_user.hpp"
#include "connectors/amqp/connection.hpp"

#include <functional>
#include <variant>
#include <vector>

namespace millrace::amqp {

class declaration;

/// Implemented by the set of declarations.
struct declaration_hooks {
  /// Progress, success or failure.
  std::function<void(declaration&)> changed;
  /// A queue exists and has this number of ready messages; may be empty.
  std::function<void(const std::string& queue, std::uint32_t ready)> counted;
};

/// Declares one exchange, or one queue and then its bindings, on a channel of its own. A refusal closes that channel and
/// affects nothing else. It is retried with back-off while the connection lasts. If the user may not declare (403), the
/// entity is declared passively, and a binding that the user may not make is assumed to exist.
class declaration : public channel_user, public std::enable_shared_from_this<declaration> {
 public:
  using entity = std::variant<exchange_declaration, queue_declaration>;

  declaration(loop_handles& handles, const client_options& options, entity what, std::vector<binding_declaration> bindings,
              declaration_hooks hooks, std::uint64_t seed);

  /// Begins, or begins again. Does nothing while an attempt is running.
  void open(connection& where);
  /// The exchanges have been answered, so bindings can be made.
  void allow_bindings();
  /// The connection is lost or about to close: stops.
  void quit();

  const std::string& name() const;
  bool is_queue() const noexcept { return std::holds_alternative<queue_declaration>(what_); }
  /// The queue or exchange exists on this connection's broker as declared.
  bool exists() const noexcept { return exists_; }
  /// An attempt on this connection has succeeded or failed.
  bool answered() const noexcept { return answered_; }
  /// Of the latest attempt that ended, on this or an earlier connection.
  const declaration_result& result() const noexcept { return result_; }

  bool on_method(const method& m) override;
  void on_end(const channel_end& end) override;

 private:
  bool begin(bool passive);
  bool open_channel();
  bool send_declaration(bool passive);
  void bind();
  void refused(std::uint16_t code, const std::string& why);
  void finish();
  void close_channel();
  std::string describe() const;

  const client_options& options_;
  const entity what_;
  const std::vector<binding_declaration> bindings_;
  const declaration_hooks hooks_;
  backoff backoff_;
  timer retry_;
  timer patience_;
  connection* connection_ = nullptr;
  std::uint16_t channel_ = 0;
  std::size_t bound_ = 0;       ///< bindings answered in this attempt
  declaration_result attempt_;  ///< of the running attempt
  declaration_result result_;
  std::string not_permitted_;  ///< the refusal that led to the passive declaration
  bool passive_ = false;
  bool declared_ = false;  ///< in this attempt
  bool binding_ = false;   ///< bindings were sent on this channel
  bool bindings_allowed_ = false;
  bool exists_ = false;
  bool answered_ = false;
};

}  // namespace millrace::amqp
