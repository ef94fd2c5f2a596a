#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <string>

/// Ownership of libcurl's objects, and the options common to all transfers.
namespace millrace::http {

struct curl_deleter {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using easy_handle = std::unique_ptr<CURL, curl_deleter>;
using text_list = std::unique_ptr<curl_slist, curl_deleter>;
using url_handle = std::unique_ptr<CURLU, curl_deleter>;

/// A new easy handle. Throws std::bad_alloc.
easy_handle make_easy();

/// Appends a copy of `line`. Throws std::bad_alloc.
void append(text_list& list, const std::string& line);

/// Certificates of a connection.
struct tls_files {
  std::string ca_file;           ///< empty: the system's trust store
  std::string certificate_file;  ///< client certificate, empty: none
  std::string key_file;
};

/// Sets strict options that do not depend on the process's environment: no proxy, netrc, signals or redirects; TLS 1.2 or
/// later with the peer's certificate and name verified; only the given protocols, e.g. "https" or "smtp,smtps". False if
/// libcurl refuses an option.
bool harden(CURL* easy, const char* protocols, const tls_files& tls);

}  // namespace millrace::http
