#pragma once

#include "connectors/smtp/relay_connection.hpp"

#include <optional>

namespace millrace::smtp {

/// Submits messages one after another over a connection that stays open between them. Blocks; belongs to one thread,
/// except for `stop`.
class session {
 public:
  /// `options` must outlive it.
  explicit session(const client_options& options) : options_(options) {}
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Checks and submits a message. Throws std::bad_alloc or std::runtime_error if the machine is out of resources.
  tl::expected<receipt, failure> submit(const message& m);
  /// Shuts down the connection: a running submission fails soon, later ones immediately. Thread-safe.
  void stop() { sockets_.stop(); }

 private:
  tl::expected<void, failure> connect();

  const client_options& options_;
  relay_sockets sockets_;
  std::optional<relay_connection> connection_;
};

}  // namespace millrace::smtp
