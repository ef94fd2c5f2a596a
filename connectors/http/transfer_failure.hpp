#pragma once

#include "connectors/http/client.hpp"

#include <curl/curl.h>

namespace millrace::http {

/// What libcurl's code means to a caller. `connected` says whether the request could be sent, which tells a time-out while
/// connecting from one while waiting for the answer.
transfer_error classify(CURLcode code, bool connected) noexcept;

}  // namespace millrace::http
