#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::monitoring {

class metrics;

struct http_request {
  std::string method;
  std::string path;   ///< raw, still percent-encoded, without the query
  std::string query;  ///< raw, without the question mark
  std::string remote_address;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;

  /// The value of a header, the first one if repeated; empty if absent.
  std::string_view header(std::string_view lower_case_name) const;
};

struct http_response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// A certificate chain, the server's own certificate first, and its private key, as PEM texts. Empty: clear text.
struct tls_identity {
  std::string certificate;
  std::string key;
};

struct listener_options {
  std::string bind;                                  ///< host:port; port 0: any free port
  std::string name{};                                ///< in logs and metrics
  tls_identity tls{};                                ///< TLS 1.2 or later
  unsigned threads = 4;                              ///< concurrent requests; further ones wait
  unsigned connections = 256;                        ///< maximum open; a new one then replaces the slowest sender
  std::chrono::milliseconds request_timeout{5'000};  ///< for receiving a request, and again for sending its response
  std::size_t max_body_bytes = 0;                    ///< larger bodies are refused with 413; 0: no bodies
  std::chrono::milliseconds stop_timeout{2'000};     ///< for responses at destruction; running handlers take longer
  std::chrono::milliseconds probe_interval{0};       ///< of own requests, and their timeout; 0: none
  metrics* values = nullptr;                         ///< counts dropped connections and records probes; null: not recorded
};

/// An HTTP/1.1 server on its own threads (libmicrohttpd). One request per connection. Clients that do not send a complete
/// request within `request_timeout`, or do not receive the response within the same time, are disconnected, even if bytes
/// trickle steadily. They delay no one: only complete requests occupy a thread. At the connection limit, a new connection
/// replaces the one that has been sending its request for the longest time. If all are being answered, it is closed. Bodies
/// require a Content-Length. Transfer-Encoding is refused with 411 and an ambiguous length with 400, which prevents request
/// smuggling (RFC 9112, 11.2). `OPTIONS *` is answered with 204 and no body (RFC 9110, 9.3.7).
class http_listener {
 public:
  /// Called concurrently on the listener's threads. An exception is logged and answered with 500.
  using handler = std::function<http_response(const http_request&)>;
  /// Builds the response to requests with an ambiguous or too large body, and to failures of the handler. Invalid HTTP,
  /// heads above 32 KiB and requests without Host are answered by the library with 4xx and a line of HTML, or disconnected.
  using refusal = std::function<http_response(int status, std::string_view reason)>;

  /// Throws std::runtime_error with the address if that is in use or invalid, or if the certificate is unusable.
  http_listener(const listener_options& options, handler answer, refusal refuse);
  /// Completes requests that have been received and disconnects the others. After `stop_timeout`, it also disconnects the
  /// clients of requests that no thread has started, and those that have not received their response.
  ~http_listener();
  std::uint16_t port() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::monitoring
