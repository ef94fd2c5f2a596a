#pragma once

#include "connectors/amqp/net/tcp_socket.hpp"
#include "connectors/amqp/net/tls_session.hpp"
#include "connectors/amqp/wire/read_buffer.hpp"

#include <optional>

namespace millrace::amqp {

/// Events of a transport. None of these may destroy the transport.
class transport_events {
 public:
  virtual ~transport_events() = default;
  virtual void on_ready() = 0;
  /// New bytes are in the read buffer. Returns the size of the frame at its front, as far as it is known.
  virtual std::size_t on_bytes() = 0;
  /// All bytes of one read from the socket were passed to on_bytes.
  virtual void on_read_end() = 0;
  /// Bytes were written to the socket.
  virtual void on_sent() = 0;
  virtual void on_lost(const std::string& why) = 0;
};

/// A byte stream to a broker, plain or TLS. Bytes written in one iteration of the loop are sent in one system call.
class transport : private tcp_events {
 public:
  transport(loop_handles& handles, read_buffer& in, transport_events& events);

  void connect(const endpoint& where, const client_options& options);
  /// Append here; the bytes are sent before the loop waits next. Do not keep the reference.
  std::string& out();
  void pause_reading();
  void resume_reading();
  bool paused() const noexcept { return paused_; }
  /// Bytes not yet passed to the kernel.
  std::size_t unsent() const { return out_.size() + socket_.unsent(); }
  /// Sends the remaining bytes and closes; no event follows.
  void finish();
  /// Closes immediately; no event follows.
  void close();
  const char* busy_with() const noexcept { return tls_ ? "the TLS handshake" : socket_.busy_with(); }

 private:
  void on_connected() override;
  std::span<char> on_read_space() override;
  void on_read(std::size_t count) override;
  void on_lost(const std::string& why) override;

  void start_tls();
  void read_tls(std::size_t count);
  void flush();
  void send(std::string bytes);
  void fail(const std::string& why);

  loop_handles& handles_;
  read_buffer& in_;
  transport_events& events_;
  tcp_socket socket_;
  owned_handle<uv_prepare_t, transport> before_wait_;
  std::string out_;
  std::size_t frame_size_ = 0;
  const tls_options* tls_options_ = nullptr;  ///< not null: use TLS for this connection
  std::string host_;
  std::optional<tls_session> tls_;
  std::unique_ptr<char[]> ciphertext_;
  bool ready_ = false;
  bool paused_ = false;
  bool over_ = false;
};

}  // namespace millrace::amqp
