#include "connectors/smtp/probe.hpp"

#include "connectors/http/curl_handle.hpp"

#include <algorithm>

namespace millrace::smtp {

tl::expected<void, std::string> probe(const client_options& options) {
  auto easy = http::make_easy();
  char message[CURL_ERROR_SIZE] = {};
  bool ok = http::harden(easy.get(), "smtp,smtps", {options.ca_file, options.certificate_file, options.key_file});
  const auto set = [&](CURLoption option, auto value) {
    ok = curl_easy_setopt(easy.get(), option, value) == CURLE_OK && ok;
  };
  set(CURLOPT_URL, options.url.c_str());
  set(CURLOPT_USE_SSL, static_cast<long>(options.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!options.username.empty()) {
    set(CURLOPT_USERNAME, options.username.c_str());
    set(CURLOPT_PASSWORD, options.password.reveal().c_str());
  }
  set(CURLOPT_CUSTOMREQUEST, "NOOP");
  set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::clamp<std::chrono::milliseconds::rep>(options.timeout.count(), 1, 10'000)));
  set(CURLOPT_ERRORBUFFER, message);
  const auto code = ok ? curl_easy_perform(easy.get()) : CURLE_FAILED_INIT;
  if (code == CURLE_OK) return {};
  return tl::unexpected(std::string{message[0] != '\0' ? message : curl_easy_strerror(code)});
}

}  // namespace millrace::smtp
