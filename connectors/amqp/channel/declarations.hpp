#pragma once

#include "connectors/amqp/channel/declaration.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace millrace::amqp {

/// Implemented by the client.
struct declarations_hooks {
  /// Every entity has been declared or refused on this connection. Called once for each connection.
  std::function<void()> answered;
  /// The first result of an entity on this connection, or one that differs from the previous one.
  std::function<void(const declaration_result&)> changed;
  /// A queue exists: it can be consumed.
  std::function<void(const std::string& queue)> exists;
  std::function<void(const std::string& queue, std::uint32_t ready)> counted;
};

/// The declarations of a topology, each independent of the others, except that bindings wait for the exchanges.
class declarations {
 public:
  declarations(loop_handles& handles, const client_options& options, const topology& what, declarations_hooks hooks,
               std::mt19937_64& seeds);

  void open(connection& where);
  void quit();
  /// Bindings no longer wait for exchanges that have not been answered.
  void allow_bindings();
  /// Declares this queue again, because the broker has cancelled its consumer or does not know it.
  void again(std::string_view queue, connection& where);
  /// The declaration of this queue; null if it is not part of the topology.
  const declaration* find(std::string_view queue) const;

 private:
  void note(declaration& which);
  bool exchanges_answered() const;

  declarations_hooks hooks_;
  std::vector<std::shared_ptr<declaration>> all_;
  std::vector<std::optional<declaration_result>> reported_;  ///< of the entity at the same index, on this connection
  bool answered_ = false;
};

}  // namespace millrace::amqp
