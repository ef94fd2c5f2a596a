#include "tests/support/servers.hpp"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>

namespace millrace::test {
namespace {

std::size_t append_to_string(char* data, std::size_t, std::size_t size, void* target) {
  static_cast<std::string*>(target)->append(data, size);
  return size;
}

}  // namespace

nlohmann::json rabbit_api(std::string_view method, std::string_view path, const nlohmann::json& body) {
  static const auto initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) throw std::runtime_error("curl_global_init failed");
  const std::unique_ptr<CURL, void (*)(CURL*)> curl{curl_easy_init(), curl_easy_cleanup};
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers{
      curl_slist_append(nullptr, "content-type: application/json"), curl_slist_free_all};
  const auto url = required_variable("MILLRACE_TEST_RABBIT_API") + std::string(path);
  const std::string verb{method};
  const std::string sent = body.is_null() ? "" : body.dump();
  std::string answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, verb.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 30L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append_to_string);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  if (verb != "GET") {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sent.size()));
    curl_easy_setopt(curl.get(), CURLOPT_COPYPOSTFIELDS, sent.c_str());
  }
  const auto asked = verb + " " + std::string(path);
  if (const auto code = curl_easy_perform(curl.get()); code != CURLE_OK) {
    throw std::runtime_error(asked + ": " + curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status > 299) throw std::runtime_error(asked + ": HTTP " + std::to_string(status) + " " + answer);
  return answer.empty() ? nlohmann::json{} : nlohmann::json::parse(answer);
}

}  // namespace millrace::test
