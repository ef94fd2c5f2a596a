#pragma once

#include "monitoring/http_listener.hpp"

#include <tl/expected.hpp>

struct mg_connection;

/// One request and its response on a CivetWeb connection.
namespace millrace::monitoring {

struct request_refused {
  int status;
  std::string why;
};
/// Reads the head that CivetWeb has parsed, and the body.
tl::expected<http_request, request_refused> read_request(mg_connection* connection, std::size_t max_body_bytes);

/// Sends a whole response; the connection is closed after it.
void send_response(mg_connection* connection, const http_response& r, bool with_body);

}  // namespace millrace::monitoring
