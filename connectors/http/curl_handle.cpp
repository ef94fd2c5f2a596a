#include "connectors/http/curl_handle.hpp"

#include <new>
#include <stdexcept>

namespace millrace::http {
namespace {

void initialise_curl() {
  // Once per process, thread-safe as a static; never undone, because other code in the process may use libcurl too.
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error(std::string{"cannot initialise libcurl: "} + curl_easy_strerror(code));
}

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

}  // namespace

easy_handle make_easy() {
  initialise_curl();
  easy_handle easy{curl_easy_init()};
  if (!easy) throw std::bad_alloc{};
  return easy;
}

void append(text_list& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc{};
  list.release();  // NOLINT: appended to, hence owned again on the next line
  list.reset(longer);
}

bool harden(CURL* easy, const char* protocols, const tls_files& tls) {
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) { ok = curl_easy_setopt(easy, option, value) == CURLE_OK && ok; };
  set(CURLOPT_PROTOCOLS_STR, protocols);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // the empty text also switches off the environment's proxies
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_NOSIGNAL, 1L);
  // Without it, a timeout during a slow DNS lookup waits for the resolver's thread.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!tls.ca_file.empty()) {
    set(CURLOPT_CAINFO, tls.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // otherwise the system's store is trusted as well
  }
  set(CURLOPT_SSLCERT, or_null(tls.certificate_file));
  set(CURLOPT_SSLKEY, or_null(tls.key_file));
  return ok;
}

}  // namespace millrace::http
