#pragma once

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct uv_loop_s;

/// HTTP on libcurl's multi interface, on the event loop. See README.md for the guarantees.
namespace millrace::http {

struct request {
  std::string method = "POST";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{20'000};  ///< whole exchange
};

/// The status line decides: once a final status has been received, what happens to headers and body changes nothing in it.
struct response {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;                                          ///< cut at max_response_bytes
  std::string incomplete = {};  ///< why headers or body are cut, e.g. libcurl's error text; empty if both are complete
};

/// Why there is no response. All are retryable, except `bad_url` and `forbidden_address`.
enum class transfer_error {
  bad_url,            ///< not parseable, or a scheme that is not allowed
  forbidden_address,  ///< resolves to a private, loopback, link-local or otherwise special address; nothing was sent
  resolve,            ///< name does not resolve
  connect,            ///< refused, unreachable or timed out while connecting
  tls,                ///< certificate invalid or handshake failed
  timeout,            ///< no complete answer in time; the other side may have acted
  circuit_open,       ///< not sent: the destination's breaker is open
  other,
};

struct failure {
  transfer_error error = transfer_error::other;
  std::string message;
  std::chrono::milliseconds wait{0};  ///< with circuit_open: time until the next try
};

struct client_options {
  std::uint32_t connections = 64;  ///< maximum of concurrently open connections; more requests wait
  std::chrono::milliseconds connect_timeout{5'000};
  std::uint64_t max_response_bytes = 64 * 1024;
  bool allow_private_addresses = false;    ///< checked on the socket's address, after DNS resolution
  bool allow_http = false;                 ///< false: https only
  std::string ca_file;                     ///< empty: the system's trust store
  std::string certificate_file, key_file;  ///< client certificate, empty: none
};

using callback = std::function<void(tl::expected<response, failure>)>;

/// Sends requests; redirects are never followed. Thread-safe. An interface, so that tests of handlers can replace it.
class client {
 public:
  virtual ~client() = default;
  /// Starts a request and returns immediately; `done` is called once, on the loop's thread (at shutdown with `other`).
  virtual void send(request r, callback done) = 0;
};

/// Runs a job on the loop's thread; jobs run in the order in which they were posted. Thread-safe.
using poster = std::function<void(std::function<void()>)>;

/// The real client. Construct and destroy on the loop's thread; destruction aborts the running requests.
std::unique_ptr<client> make_client(uv_loop_s* loop, poster post, client_options options);

}  // namespace millrace::http
