#include "tests/integration/end_to_end/operators.hpp"

#include <boost/test/unit_test.hpp>
#include <curl/curl.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <stdexcept>

namespace millrace::test {
namespace {

std::size_t add_body(char* data, std::size_t, std::size_t length, void* text) {
  static_cast<std::string*>(text)->append(data, length);
  return length;
}

std::size_t add_header(char* data, std::size_t, std::size_t length, void* headers) {
  const std::string line{data, length};
  auto colon = line.find(": ");
  if (colon == std::string::npos) return length;
  auto name = line.substr(0, colon);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  auto end = line.find('\r');
  static_cast<std::map<std::string, std::string>*>(headers)->insert_or_assign(name, line.substr(colon + 2, end - colon - 2));
  return length;
}

void set_tls(CURL* curl, const std::string& ca_file, long max_version) {
  if (!ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file.c_str());
  if (max_version == 0) return;
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_0 | max_version);
  curl_easy_setopt(curl, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");  // otherwise curl offers no old version
}

}  // namespace

operators_scene::operators_scene() : api_port_(free_port()) {
  set("MILLRACE_API_BIND", "127.0.0.1:" + std::to_string(api_port_));
}

void operators_scene::teardown() const {
  const auto report = file("openapi.log");
  child_process check{{"/usr/bin/python3", MILLRACE_SOURCE_DIR "/tests/integration/end_to_end/openapi.py",
                       MILLRACE_SOURCE_DIR "/docs/openapi.json", write("exchanges.jsonl", exchanges_)},
                      {},
                      report};
  const auto status = check.wait();
  BOOST_TEST(status == 0, "violates the OpenAPI document: " << file_text(report));
}

std::string operators_scene::token(const std::string& role, const std::string& tenant) {
  std::vector<std::string> command{"token", "create", "--json", "--name", role, "--role", role, "--why", "test"};
  if (!tenant.empty()) command.insert(command.end(), {"--tenant", tenant});
  if (run(command) != 0) throw std::runtime_error(output());
  auto printed = output();
  return nlohmann::json::parse(printed.substr(printed.find('{'), printed.find('}') - printed.find('{') + 1)).at("token");
}

api_answer operators_scene::ask(const std::string& token, const std::string& method, const std::string& path,
                                const nlohmann::json& body, const std::vector<std::string>& extra) const {
  return send(token, method, "/api/v1" + path, body.is_null() ? "" : body.dump(), extra);
}

api_answer operators_scene::send(const std::string& token, const std::string& method, const std::string& path,
                                 const std::string& body, const std::vector<std::string>& extra) const {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl{curl_easy_init(), curl_easy_cleanup};
  curl_slist* lines = nullptr;
  for (auto& line : extra) lines = curl_slist_append(lines, line.c_str());
  if (!token.empty()) lines = curl_slist_append(lines, ("Authorization: Bearer " + token).c_str());
  if (!body.empty()) lines = curl_slist_append(lines, "Content-Type: application/json");
  lines = curl_slist_append(lines, "Expect:");
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> owned{lines, curl_slist_free_all};
  const auto url = (tls_ ? "https" : "http") + ("://127.0.0.1:" + std::to_string(api_port_)) + path;
  if (tls_) set_tls(curl.get(), tls_->first, tls_->second);
  api_answer answer;
  std::string text;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, lines);
  curl_easy_setopt(curl.get(), CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 40L);
  if (method != "GET" && method != "HEAD") {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_COPYPOSTFIELDS, body.c_str());
  }
  if (method == "HEAD") curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, add_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &text);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, add_header);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer.headers);
  if (curl_easy_perform(curl.get()) != CURLE_OK) return answer;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  answer.body = nlohmann::json::parse(text, nullptr, false);
  if (method == "HEAD") return answer;
  const nlohmann::json heard{{"method", method},
                             {"path", path},
                             {"status", answer.status},
                             {"content_type", answer.headers["content-type"]},
                             {"body", answer.body.is_discarded() ? nlohmann::json(text) : answer.body}};
  exchanges_ += heard.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
  return answer;
}

std::string operators_scene::read(const std::string& sql) const {
  pqxx::connection db{database_url()};
  pqxx::nontransaction look{db};
  auto rows = look.exec(sql);
  return rows.empty() ? "" : rows[0][0].c_str();
}

}  // namespace millrace::test
