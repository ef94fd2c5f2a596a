#pragma once

#include "connectors/smtp/relay_connection.hpp"

#include <optional>

namespace millrace::smtp {

/// Submits messages one after the other, over a connection that stays open between them. Blocks; belongs to one thread,
/// except for `stop`.
class session {
 public:
  /// `options` must outlive it.
  explicit session(const client_options& options) : options_(options) {}
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Checks and submits a message. Throws std::bad_alloc or std::runtime_error where the machine has run out of something.
  tl::expected<receipt, failure> submit(const message& m);
  /// Cuts the connection: a submission under way fails soon, later ones at once. From any thread.
  void stop() { sockets_.stop(); }

 private:
  tl::expected<void, failure> connect();

  const client_options& options_;
  relay_sockets sockets_;
  std::optional<relay_connection> connection_;
};

}  // namespace millrace::smtp
