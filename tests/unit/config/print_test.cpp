#include "config/print.hpp"

#include "tests/unit/config/files.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace millrace::config;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string example =
    "amqp: {heartbeat: 30s}\nsmtp:\n  username: me\n  password: hunter2\n"
    "types: {notification.email: {timeout: 90s}}\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(printing)

BOOST_AUTO_TEST_CASE(yaml_shows_each_value_with_its_origin_and_no_secret) {
  const scratch_folder folder;
  const auto file = folder.write("f", example);
  const auto result = load({.file = file, .environment = {{"MILLRACE_NODE", "n\"1"}}});
  BOOST_REQUIRE(result);
  const std::string out = print(*result);
  BOOST_TEST(holds(out, "\namqp:\n  urls: \"********\"  # default\n  heartbeat: 30s  # " + file + ":1\n"), out);
  BOOST_TEST(holds(out, "node: \"n\\\"1\"  # environment variable MILLRACE_NODE\n"), out);
  BOOST_TEST(holds(out, "  password: \"********\"  # " + file + ":4\n"), out);
  BOOST_TEST(holds(out, "  data-processing:\n    name: \"data-processing\"  # default\n"), out);
  BOOST_TEST(holds(out, "types:\n  notification.email:\n    timeout: 90s  # " + file + ":5\n"), out);
  BOOST_TEST(!holds(out, "hunter2"));
  BOOST_TEST(!holds(out, "guest"));
}

BOOST_AUTO_TEST_CASE(printed_settings_can_be_loaded_except_secrets) {
  std::string yaml = print(loaded_from(example));
  for (auto at = yaml.find("\"********\""); at != std::string::npos; at = yaml.find("\"********\"", at))
    yaml.replace(at, 10, "amqp://u:p@127.0.0.1/?key=value");
  const auto again = loaded_from(yaml);
  BOOST_TEST(again.values.types.at("notification.email").timeout.count() == 90'000);
  BOOST_TEST(again.values.amqp.heartbeat.count() == 30'000);
}

BOOST_AUTO_TEST_CASE(json_has_every_option_by_its_name) {
  const std::string text = print(loaded_from(example), format::json);
  const auto out = nlohmann::json::parse(text);
  BOOST_TEST(out.at("amqp.heartbeat").at("value") == "30s");
  BOOST_TEST(out.at("amqp.connect_timeout").at("from") == "default");
  BOOST_TEST(out.at("smtp.password").at("value") == "********");
  BOOST_TEST(!holds(text, "hunter2"));
}

BOOST_AUTO_TEST_SUITE_END()
