#pragma once

#include "connectors/http/curl_handle.hpp"
#include "connectors/resilience/active_time.hpp"
#include "connectors/smtp/client.hpp"
#include "connectors/smtp/relay_sockets.hpp"
#include "connectors/smtp/reply.hpp"

#include <array>
#include <string>
#include <string_view>

namespace millrace::smtp {

/// One connection to the mail server. libcurl connects, sends EHLO, starts TLS and logs in (CURLOPT_CONNECT_ONLY); after
/// that it transfers bytes. Blocks; belongs to one thread. Every failure is temporary, as no message is the cause.
class relay_connection {
 public:
  /// Both must outlive it. Throws std::bad_alloc.
  relay_connection(const client_options& options, relay_sockets& sockets);
  /// Sends QUIT without waiting for the answer.
  ~relay_connection();
  relay_connection(const relay_connection&) = delete;
  relay_connection& operator=(const relay_connection&) = delete;

  /// Restarts the options' timeout, in active time, for all operations until the next call.
  void start_clock();
  tl::expected<void, failure> connect();
  /// False if the server has closed the connection or sent an unsolicited reply, as it does before closing, or if it has
  /// been idle for over 30 s.
  bool is_fresh();
  tl::expected<void, failure> send(std::string_view bytes);
  tl::expected<reply, failure> receive();

  /// The server supports PIPELINING (RFC 2920).
  bool pipelining() const noexcept { return pipelining_; }
  /// The server supports the SIZE extension (RFC 1870).
  bool size() const noexcept { return size_; }

 private:
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept;
  static std::size_t on_line(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  void note(std::string_view line);
  bool set_options();
  failure why(CURLcode code);
  tl::expected<void, failure> wait_for(short events);
  bool overdue();

  const client_options& options_;
  relay_sockets& sockets_;
  resilience::active_time active_time_;
  resilience::active_time::duration deadline_{};
  resilience::active_time::clock::time_point last_used_{};
  bool timed_out_ = false, connected_ = false;
  bool pipelining_ = false, size_ = false;
  std::string last_line_;  // of the server's replies while connecting
  reply_reader replies_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  http::easy_handle easy_;  // goes first: closing it calls back into the members above
};

}  // namespace millrace::smtp
