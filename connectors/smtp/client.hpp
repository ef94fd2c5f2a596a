#pragma once

#include "config/secret.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Mail submission on libcurl (RFC 5321, RFC 6409), on separate threads. See README.md for the guarantees and the reason.
namespace millrace::smtp {

struct attachment {
  std::string filename;
  std::string content_type = "application/octet-stream";
  std::string content;  ///< raw bytes
};

/// A message before MIME encoding. All text is UTF-8; addresses are bare (a@example.org) or "Name <a@example.org>".
struct message {
  std::string from;  ///< empty: the client's default
  std::vector<std::string> to, cc, bcc;
  std::string subject;
  std::string text, html;  ///< at least one
  std::vector<attachment> attachments;
  std::vector<std::pair<std::string, std::string>> headers;  ///< additional headers; the caller has checked their names
  std::string
      message_id;  ///< without angle brackets; without an @, the domain of `from` is added; empty: left to the server
};

struct receipt {
  std::string reply;  ///< the server's last line, e.g. "250 queued as 4711"
};

/// Why a message was not accepted.
struct failure {
  bool permanent = false;  ///< true: 5xx, or a message that can never be sent; false: 4xx, network, TLS, timeout
  int reply_code = 0;      ///< SMTP reply code, 0 if there was no reply
  std::string message;
  std::chrono::milliseconds wait{0};  ///< not 0: not sent, as the relay's breaker is open; time until the next try
};

struct client_options {
  std::string url;  ///< smtp://host:port or smtps://host:port
  std::string username;
  config::secret password;
  std::string from;
  bool starttls = true;                                ///< for smtp://: required, never downgraded
  std::uint32_t connections = 8;                       ///< messages sent concurrently; more wait, up to 1,000
  std::chrono::milliseconds timeout{60'000};           ///< whole submission
  std::uint64_t max_message_bytes = 10 * 1024 * 1024;  ///< texts plus attachments as base64
  std::string ca_file, certificate_file, key_file;
};

using callback = std::function<void(tl::expected<receipt, failure>)>;

/// True if `address` is one mail address, bare or with a display name: see parse_address. Keeps header injection out.
bool valid_address(const std::string& address);

/// Sends mail. Thread-safe. An interface, so that tests of handlers can replace it.
class client {
 public:
  virtual ~client() = default;
  /// Starts a submission and returns immediately. `done` is called once: on a thread of the client, or on the caller's if
  /// too many messages wait, or on the one that destroys the client (a failure that is not permanent). It must not block or
  /// throw. Control characters in any header-bound field are a permanent failure.
  virtual void send(message m, callback done) = 0;
};

/// The real client; destruction closes the connections and joins the threads.
std::unique_ptr<client> make_client(client_options options);

}  // namespace millrace::smtp
