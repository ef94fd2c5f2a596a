#pragma once

#include "config/secret.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::amqp {

/// Host, credentials and vhost of one amqp[s]:// URL (RabbitMQ URI specification).
struct endpoint {
  std::string host;
  std::uint16_t port = 5672;
  std::string user;
  config::secret password;
  std::string vhost = "/";
  bool tls = false;
};

/// Parses an AMQP URL; percent-decoding applies. The error names the invalid part and never contains the password.
tl::expected<endpoint, std::string> parse_url(std::string_view url);

struct tls_options {
  std::string ca_file;           ///< empty: the system's trust store
  std::string certificate_file;  ///< with key_file: SASL EXTERNAL instead of PLAIN
  std::string key_file;
};

struct client_options {
  std::vector<endpoint> hosts;  ///< tried one after another, beginning with a random one; at least one
  std::string connection_name;  ///< shown by RabbitMQ's management
  std::chrono::milliseconds heartbeat{10'000};
  std::chrono::milliseconds connect_timeout{5'000};  ///< from connect() to connection.open-ok
  std::chrono::milliseconds reconnect_min{100};
  std::chrono::milliseconds reconnect_max{3'000};
  std::chrono::milliseconds answer_timeout{30'000};  ///< to a declaration, to basic.consume and to the first channel.open
  std::chrono::milliseconds declare_retry_min{500};  ///< back-off of a refused declaration while the connection lasts
  std::chrono::milliseconds declare_retry_max{15'000};
  std::uint32_t frame_max = 131'072;
  std::uint64_t max_body_bytes = 16 * 1024 * 1024;
  /// Limit for the bytes of delivered bodies in use; above it the socket is not read until some are released.
  std::uint64_t byte_budget = 32 * 1024 * 1024;
  std::size_t confirm_window = 1'000;
  tls_options tls;
};

}  // namespace millrace::amqp
