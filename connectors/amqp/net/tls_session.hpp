#pragma once

#include "connectors/amqp/options.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace millrace::amqp {

/// TLS 1.2 or later as a client, in memory only: ciphertext and plaintext go in and come out, no socket is known. The
/// peer's certificate must be valid and name the host.
class tls_session {
 public:
  enum class progress { pending, done };

  /// Reads the files of `options` now, so that replaced certificates count at the next connection.
  static tl::expected<tls_session, std::string> create(const tls_options& options, const std::string& host);

  tls_session(tls_session&&) noexcept;
  tls_session& operator=(tls_session&&) noexcept;
  ~tls_session();

  /// Goes on with the handshake as far as the ciphertext received allows.
  tl::expected<progress, std::string> handshake();
  /// Ciphertext from the peer.
  bool receive(std::string_view ciphertext);
  /// Decrypts into `to`: the count, 0 if more ciphertext is needed, or an error; a closed session is an error too.
  tl::expected<std::size_t, std::string> read(std::span<char> to);
  /// Encrypts; after the handshake only.
  bool write(std::string_view plaintext);
  /// Appends the ciphertext that is to be sent.
  void take_output(std::string& to);
  /// Says goodbye (close_notify) into the output.
  void shut_down();

 private:
  struct state;
  explicit tls_session(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

}  // namespace millrace::amqp
