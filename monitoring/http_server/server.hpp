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

struct http_request {
  std::string method;
  std::string path;   ///< as it was sent, still percent-encoded, without the query
  std::string query;  ///< as it was sent, without the question mark
  std::string remote_address;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;

  /// The value of a header, or nothing; of one that is there more than once, the first.
  std::string_view header(std::string_view lower_case_name) const;
};

struct http_response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// A server's certificate chain, the server's own first, and its private key, as PEM texts. Empty: clear text.
struct tls_identity {
  std::string certificate;
  std::string key;
};

struct listener_options {
  std::string bind;                                  ///< host:port; port 0 takes a free one
  tls_identity tls{};                                ///< TLS 1.2 or later
  unsigned threads = 4;                              ///< requests at once; more wait their turn
  unsigned connections = 256;                        ///< open at once; above, who sends its request for longest is cut
  std::chrono::milliseconds request_timeout{5'000};  ///< for a request to come in whole, and for its answer to be taken
  std::size_t max_body_bytes = 0;                    ///< a larger body is refused with 413; 0: bodies are refused
};

/// An HTTP/1.1 server on threads of its own (libmicrohttpd). One request a connection. Who has not sent a whole request
/// within `request_timeout` or has not taken the answer within another is cut, however steadily bytes trickle, and nobody
/// waits for such clients: a thread is taken only by a request that is there as a whole. Bodies come with a Content-Length;
/// a Transfer-Encoding is refused (411), as are two ways to tell the length (400), so that nobody in between can see another
/// request than we do (RFC 9112, 11.2).
class http_listener {
 public:
  /// Called on the listener's threads, several at once; what it throws is answered with 500 and logged.
  using handler = std::function<http_response(const http_request&)>;
  /// Answers what never reaches the handler: a body in doubt or too large, and the handler's own failure. What is no HTTP
  /// request, has a head above 32 KiB or lacks a Host is answered by the library with 4xx and a line of HTML, or closed.
  using refusal = std::function<http_response(int status, std::string_view why)>;

  /// Throws std::runtime_error that names the address if it is taken or no address, or if the certificate is of no use.
  http_listener(const listener_options& options, handler answer, refusal refuse);
  /// Waits for the requests that are there as a whole and for their answers; cuts the others.
  ~http_listener();
  std::uint16_t port() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::monitoring
