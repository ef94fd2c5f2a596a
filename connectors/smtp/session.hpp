#pragma once

#include "connectors/attended_time.hpp"
#include "connectors/http/curl_handle.hpp"
#include "connectors/smtp/client.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <string>

namespace millrace::smtp {

/// One connection to the mail server, kept open between messages. Blocks; belongs to one thread, except for `stop`.
class session {
 public:
  /// `options` must outlive it. Throws std::bad_alloc.
  explicit session(const client_options& options);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Checks and submits a message.
  tl::expected<receipt, failure> submit(const message& m);
  /// Cuts the connection: a submission under way fails soon, later ones at once. From any thread.
  void stop();

 private:
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int close_socket(void* self, curl_socket_t socket) noexcept;
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept;
  static int on_debug(CURL* easy, curl_infotype kind, char* data, std::size_t size, void* self) noexcept;
  static std::size_t on_reply(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  bool set_connection(CURL* easy);
  tl::expected<receipt, failure> result(CURLcode code);

  const client_options& options_;
  char message_[CURL_ERROR_SIZE] = {};
  std::string reply_;        // the server's last line
  bool mail_begun_ = false;  // MAIL was sent, so that refusals are about the message
  attended_time attended_;
  attended_time::duration deadline_{};
  bool timed_out_ = false;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::set<curl_socket_t> sockets_;  // guarded by mutex_
  http::easy_handle easy_;           // goes first: closing it calls back into the members above
};

}  // namespace millrace::smtp
