#pragma once

#include "monitoring/http_server/server.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

struct MHD_Connection;

namespace millrace::monitoring {

struct request_refused {
  int status;
  std::string reason;
};

/// A request being read from a connection of libmicrohttpd, and its response. Used by one thread at a time.
class http_exchange {
 public:
  enum class stage { head, body, handler };

  /// `target` is the raw request target.
  explicit http_exchange(std::string_view target);

  /// Reads the head; refuses it if the body length is ambiguous or above the limit.
  tl::expected<void, request_refused> read_head(MHD_Connection* connection, const char* method, std::size_t max_body_bytes);
  void append(std::string_view body) { request_.body += body; }
  const http_request& request() const noexcept { return request_; }

  stage at = stage::head;
  std::optional<http_response> answer;

 private:
  http_request request_;
};

/// `OPTIONS *`, a request to the server and to no resource of it (RFC 9110, 9.3.7).
bool is_ping(const http_request& r);

/// Queues a response in libmicrohttpd, which then closes the connection. False if it is not accepted.
bool send_response(MHD_Connection* connection, const http_response& r);

}  // namespace millrace::monitoring
