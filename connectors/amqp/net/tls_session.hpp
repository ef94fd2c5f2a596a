#pragma once

#include "connectors/amqp/options.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace millrace::amqp {

/// TLS 1.2 or later as a client, in memory: translates between ciphertext and plaintext without a socket. The peer's
/// certificate must be valid and match the host.
class tls_session {
 public:
  enum class progress { pending, done };

  /// Reads the files of `options` now, so that replaced certificates take effect with the next connection.
  static tl::expected<tls_session, std::string> create(const tls_options& options, const std::string& host);

  tls_session(tls_session&&) noexcept;
  tls_session& operator=(tls_session&&) noexcept;
  ~tls_session();

  /// Continues the handshake as far as the received ciphertext allows.
  tl::expected<progress, std::string> handshake();
  /// Ciphertext from the peer.
  bool receive(std::string_view ciphertext);
  /// Decrypts into `to`. Returns the byte count, 0 if more ciphertext is needed, or an error, also for a closed session.
  tl::expected<std::size_t, std::string> read(std::span<char> to);
  /// Encrypts; after the handshake only.
  bool write(std::string_view plaintext);
  /// Appends the ciphertext to send.
  void take_output(std::string& to);
  /// Adds a close_notify alert to the output.
  void shut_down();

 private:
  struct state;
  explicit tls_session(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

}  // namespace millrace::amqp
