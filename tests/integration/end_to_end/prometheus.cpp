#include "tests/integration/end_to_end/prometheus.hpp"

#include <curl/curl.h>

#include <stdexcept>

namespace millrace::test {
namespace {

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  auto at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("prometheus.yml has no '" + what + "'");
  for (; at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
}

/// The shipped configuration with the scene's addresses, absolute paths of rules and a scrape interval of one second.
std::string configuration(const scene& s) {
  const std::string folder = MILLRACE_SOURCE_DIR "/monitoring/prometheus/";
  auto text = file_text(folder + "prometheus.yml");
  auto node = s.monitoring("");
  replace_all(text, "127.0.0.1:9464", node.substr(node.find("127.")));
  replace_all(text, "127.0.0.1:15692", required_variable("MILLRACE_TEST_RABBIT_METRICS"));
  replace_all(text, "vhost: [/]", "vhost: [" + s.vhost() + "]");
  replace_all(text, "rules/*.yml", folder + "rules/*.yml");
  replace_all(text, "_interval: 15s", "_interval: 1s");
  return text;
}

std::string escaped(const std::string& text) {
  const std::unique_ptr<char, void (*)(void*)> made{curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())),
                                                    curl_free};
  return made.get();
}

}  // namespace

prometheus::prometheus(const scene& s) {
  auto address = "127.0.0.1:" + std::to_string(free_port());
  url_ = "http://" + address;
  server_ = std::make_unique<child_process>(
      std::vector<std::string>{"prometheus", "--config.file=" + s.write("prometheus.yml", configuration(s)),
                               "--storage.tsdb.path=" + s.file("prometheus"), "--web.listen-address=" + address,
                               "--log.level=warn"},
      std::map<std::string, std::string>{}, s.file("prometheus.log"));
  if (!wait_until([&] { return http_get(url_ + "/-/ready").first == 200 || !server_->running(); }) || !server_->running())
    throw std::runtime_error("prometheus is not ready: " + file_text(s.file("prometheus.log")));
}

nlohmann::json prometheus::series(const std::string& expression) const {
  auto answer = nlohmann::json::parse(http_get(url_ + "/api/v1/query?query=" + escaped(expression)).second);
  if (answer.at("status") != "success") throw std::runtime_error(expression + ": " + answer.value("error", "refused"));
  return answer.at("data").at("result");
}

}  // namespace millrace::test
