#pragma once

#include <curl/curl.h>

#include <atomic>
#include <mutex>
#include <set>

namespace millrace::smtp {

/// The sockets that libcurl has opened for a session, so that another thread can shut them down.
class relay_sockets {
 public:
  /// Shuts down the open sockets and prevents new ones.
  void stop();
  bool stopping() const noexcept { return stopping_; }

  /// CURLOPT_OPENSOCKETFUNCTION and CURLOPT_CLOSESOCKETFUNCTION; `self` is a relay_sockets.
  static curl_socket_t open(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int close(void* self, curl_socket_t socket) noexcept;

 private:
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::set<curl_socket_t> open_;  // guarded by mutex_
};

}  // namespace millrace::smtp
