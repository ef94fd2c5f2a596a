// Alerts: promtool and amtool check the files; each alert has a test and a runbook.
#include "tests/support/child_process.hpp"

#include <boost/test/unit_test.hpp>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

using namespace millrace::test;

namespace {

const std::string source = MILLRACE_SOURCE_DIR;
const std::string rules = source + "/monitoring/prometheus/rules",
                  tests = source + "/tests/unit/monitoring/prometheus/rules";

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> found;
  for (auto& entry : std::filesystem::directory_iterator{folder}) found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

int run(std::vector<std::string> command, const std::vector<std::string>& files) {
  command.insert(command.end(), files.begin(), files.end());
  return child_process{command}.wait();
}

std::vector<YAML::Node> alerts() {
  std::vector<YAML::Node> found;
  for (auto& file : files_in(rules))
    for (auto group : YAML::LoadFile(file)["groups"])
      for (auto rule : group["rules"])
        if (rule["alert"]) found.push_back(rule);
  return found;
}

/// The anchor that GitHub generates for a heading.
std::string anchor(std::string heading) {
  std::ranges::transform(heading, heading.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return heading;
}

struct tested_alerts {
  std::set<std::string> firing, silent;
};

/// Alerts that a test expects to fire, and alerts that a test expects to be silent. Unlisted label sets of a firing alert
/// must be silent as well.
tested_alerts tested() {
  tested_alerts found;
  for (auto& file : files_in(tests))
    for (auto test : YAML::LoadFile(file)["tests"])
      for (auto expected : test["alert_rule_test"])
        (expected["exp_alerts"].size() > 0 ? found.firing : found.silent).insert(expected["alertname"].as<std::string>());
  return found;
}

/// Alerts named in a file.
std::set<std::string> named_in(const std::string& file) {
  const std::regex name{"\\bMillrace[A-Z]\\w+"};
  const auto text = file_text(file);
  std::set<std::string> found;
  for (std::sregex_iterator it{text.begin(), text.end(), name}, end; it != end; ++it) found.insert(it->str());
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(alerting)

BOOST_AUTO_TEST_CASE(prometheus_accepts_configuration_and_rules) {
  BOOST_TEST(run({"promtool", "check", "config"}, {source + "/monitoring/prometheus/prometheus.yml"}) == 0);
  BOOST_TEST(run({"promtool", "check", "rules"}, files_in(rules)) == 0);
}

BOOST_AUTO_TEST_CASE(each_alert_fires_on_its_condition_only) {
  BOOST_TEST(run({"promtool", "test", "rules"}, files_in(tests)) == 0);
}

BOOST_AUTO_TEST_CASE(alertmanager_accepts_its_configuration_and_routes_by_severity) {
  auto file = source + "/monitoring/alertmanager/alertmanager.yml";
  BOOST_TEST(run({"amtool", "check-config"}, {file}) == 0);
  auto routed = [&](const std::string& severity, const std::string& receiver) {
    return run({"amtool", "config", "routes", "test", "--config.file=" + file, "--verify.receivers=" + receiver},
               {"severity=" + severity}) == 0;
  };
  BOOST_TEST(routed("page", "on-call"));
  BOOST_TEST(routed("ticket", "tickets"));
  BOOST_TEST(!routed("ticket", "on-call"));
}

BOOST_AUTO_TEST_CASE(each_alert_has_a_severity_a_summary_a_test_and_a_runbook) {
  auto runbooks = file_text(source + "/docs/runbooks.md");
  auto cases = tested();
  auto all = alerts();
  BOOST_TEST(all.size() > 15U);
  for (auto& alert : all) {
    auto name = alert["alert"].as<std::string>();
    BOOST_TEST_CONTEXT(name) {
      auto severity = alert["labels"]["severity"].as<std::string>();
      BOOST_TEST((severity == "page" || severity == "ticket"));
      BOOST_TEST(!alert["annotations"]["summary"].as<std::string>().empty());
      auto runbook = alert["annotations"]["runbook_url"].as<std::string>();
      BOOST_TEST(runbook == "{{ $externalLabels.runbooks }}#" + anchor(name));
      BOOST_TEST(runbooks.find("\n## " + name + "\n") != std::string::npos);
      BOOST_TEST(cases.firing.contains(name));
      BOOST_TEST(cases.silent.contains(name));
    }
  }
}

BOOST_AUTO_TEST_CASE(links_to_runbooks_are_absolute) {
  auto labels = YAML::LoadFile(source + "/monitoring/prometheus/prometheus.yml")["global"]["external_labels"];
  BOOST_TEST(labels["runbooks"].as<std::string>().starts_with("https://"));
}

BOOST_AUTO_TEST_CASE(alerts_named_in_other_files_exist) {
  std::set<std::string> names;
  for (auto& alert : alerts()) names.insert(alert["alert"].as<std::string>());
  for (const auto* file : {"/monitoring/alertmanager/alertmanager.yml", "/docs/runbooks.md", "/docs/guides/monitoring.md"})
    for (auto& name : named_in(source + file)) BOOST_TEST(names.contains(name), file << " names " << name);
}

BOOST_AUTO_TEST_CASE(certificate_probes_use_existing_modules) {
  auto modules = YAML::LoadFile(source + "/monitoring/blackbox.yml")["modules"];
  std::set<std::string> asked;
  for (auto job : YAML::LoadFile(source + "/monitoring/prometheus/prometheus.yml")["scrape_configs"])
    for (auto group : job["static_configs"])
      if (auto module = group["labels"]["__param_module"]) asked.insert(module.as<std::string>());
  BOOST_TEST(!asked.empty());
  for (auto& module : asked) BOOST_TEST(modules[module].IsDefined(), module);
}

BOOST_AUTO_TEST_SUITE_END()
