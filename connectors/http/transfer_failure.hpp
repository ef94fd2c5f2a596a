#pragma once

#include "connectors/http/client.hpp"

#include <curl/curl.h>

namespace millrace::http {

/// Maps libcurl's code to a transfer_error. `connected`: the request could be sent; distinguishes a timeout while
/// connecting from one while waiting for the response.
transfer_error classify(CURLcode code, bool connected) noexcept;

}  // namespace millrace::http
