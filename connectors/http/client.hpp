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

struct response {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;                                          ///< cut at max_response_bytes
};

/// Why there is no response. All are worth another try, except `bad_url` and `forbidden_address`.
enum class transfer_error {
  bad_url,            ///< not parseable, or a scheme that is not allowed
  forbidden_address,  ///< resolves to a private, loopback, link-local or otherwise special address; nothing was sent
  resolve,            ///< name does not resolve
  connect,            ///< refused, unreachable or timed out while connecting
  tls,                ///< certificate or handshake not acceptable
  timeout,            ///< no complete answer in time; the other side may have acted
  circuit_open,       ///< not sent: the destination's breaker is open
  other,
};

struct failure {
  transfer_error error = transfer_error::other;
  std::string message;
  std::chrono::milliseconds wait{0};  ///< of circuit_open: when to come again
};

struct client_options {
  std::uint32_t connections = 64;  ///< open at once; more requests wait
  std::chrono::milliseconds connect_timeout{5'000};
  std::uint64_t max_response_bytes = 64 * 1024;
  bool allow_private_addresses = false;    ///< checked on the socket's address, after resolution, so DNS cannot fool it
  bool allow_http = false;                 ///< false: https only
  std::string ca_file;                     ///< empty: the system's trust store
  std::string certificate_file, key_file;  ///< client certificate, empty: none
};

using callback = std::function<void(tl::expected<response, failure>)>;

/// Sends requests; redirects are never followed. Thread-safe. Interface, so that a handler's test may stand in for it.
class client {
 public:
  virtual ~client() = default;
  /// Starts a request and returns at once; `done` is called once, on the loop's thread (also at shutdown, with `other`).
  virtual void send(request r, callback done) = 0;
};

/// How a connector gets onto the loop's thread from another one: runs the job there, in order.
using poster = std::function<void(std::function<void()>)>;

/// The real client. Construct and destroy on the loop's thread; destruction ends what is under way.
std::unique_ptr<client> make_client(uv_loop_s* loop, poster post, client_options options);

}  // namespace millrace::http
