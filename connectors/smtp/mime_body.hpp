#pragma once

#include "connectors/http/curl_handle.hpp"
#include "connectors/smtp/client.hpp"

#include <chrono>

namespace millrace::smtp {

/// The headers of a checked message, for CURLOPT_HTTPHEADER. Bcc is not among them.
http::text_list mail_headers(const message& m, const std::string& from, std::chrono::system_clock::time_point now);

/// The body of a checked message for CURLOPT_MIMEPOST: text and html as alternatives, then the attachments. It has copies of
/// what it needs of `m`, and must not outlive `easy`. Throws std::bad_alloc.
http::mime_handle mime_body(CURL* easy, const message& m);

}  // namespace millrace::smtp
