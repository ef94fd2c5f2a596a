// Every panel and variable of every dashboard shows data of a running system.
#include "tests/integration/end_to_end/prometheus.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

using namespace millrace::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr auto schedule = R"(schedules:
  tick:
    cron: "* * * * * *"
    type: notification.email
    payload: '{"to":"a@example.org","subject":"Tick","text":"Tock"}'
)";

std::map<std::string, json> dashboards() {
  std::map<std::string, json> found;
  for (auto& entry : std::filesystem::directory_iterator{MILLRACE_SOURCE_DIR "/monitoring/grafana/dashboards"})
    found.emplace(entry.path().filename(), json::parse(file_text(entry.path())));
  return found;
}

/// The query that Grafana sends with "All" for each variable.
std::string query_of(std::string expression) {
  const std::pair<std::string, std::string> values[] = {
      {"$__rate_interval", "30s"}, {"$queue", ".*"}, {"$type", ".*"}, {"$node", ".*"}};
  for (auto& [variable, value] : values)
    for (auto at = expression.find(variable); at != std::string::npos; at = expression.find(variable, at))
      expression.replace(at, variable.size(), value);
  BOOST_CHECK_MESSAGE(expression.find('$') == std::string::npos, "an unknown variable in " << expression);
  return expression;
}

/// `label_values(metric, label)` as PromQL.
std::string values_of(const std::string& query) {
  auto open = query.find('('), comma = query.find(", "), close = query.find(')');
  BOOST_REQUIRE_MESSAGE(query.starts_with("label_values(") && comma < close, query << " is not label_values(metric, label)");
  auto label = query.substr(comma + 2, close - comma - 2);
  return "count by (" + label + ") (" + query.substr(open + 1, comma - open - 1) + "{" + label + "!=\"\"})";
}

/// Waits until an expression returns series, and returns them.
json check_shows(const prometheus& p, const std::string& where, const std::string& expression) {
  json shown;
  BOOST_CHECK_MESSAGE(wait_until([&] { return !(shown = p.series(expression)).empty(); }),
                      where << " returns no series: " << expression);
  return shown;
}

/// A legend with a label that no series has would show a blank.
void check_legend(const json& series, const std::string& where, const std::string& legend) {
  const std::regex label{R"(\{\{\s*(\w+)\s*\}\})"};
  for (std::sregex_iterator it{legend.begin(), legend.end(), label}, end; it != end; ++it) {
    const auto has = [name = it->str(1)](const json& one) { return one.at("metric").contains(name); };
    BOOST_CHECK_MESSAGE(series.empty() || std::ranges::any_of(series, has),
                        where << " has no " << it->str() << " in " << series.dump());
  }
}

bool overlap(const json& a, const json& b) {
  const auto apart = [&](const char* from, const char* size) {
    const int a_from = a.at(from), b_from = b.at(from), a_size = a.at(size), b_size = b.at(size);
    return a_from + a_size <= b_from || b_from + b_size <= a_from;
  };
  return !apart("x", "w") && !apart("y", "h");
}

void check_panel(const json& panel, const std::string& where) {
  BOOST_CHECK_MESSAGE(!panel.at("description").get<std::string>().empty(), where << " has no description");
  BOOST_CHECK_MESSAGE(panel.at("datasource").at("uid") == "${datasource}", where << " does not use the variable datasource");
  auto& defaults = panel.at("fieldConfig").at("defaults");
  BOOST_CHECK_MESSAGE(!defaults.at("unit").get<std::string>().empty(), where << " has no unit");
  auto& steps = defaults.at("thresholds").at("steps");
  BOOST_REQUIRE_MESSAGE(!steps.empty() && steps[0].at("value").is_null(), where << " has no base threshold");
  for (std::size_t i = 2; i < steps.size(); ++i)
    BOOST_CHECK_MESSAGE(steps[i].at("value") > steps[i - 1].at("value"), where << " has thresholds out of order");
  auto& place = panel.at("gridPos");
  BOOST_CHECK_MESSAGE(place.at("x").get<int>() + place.at("w").get<int>() <= 24, where << " is wider than the page");
  BOOST_CHECK_MESSAGE(!panel.at("targets").empty(), where << " has no targets");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dashboard)

BOOST_AUTO_TEST_CASE(each_file_has_the_structure_that_grafana_expects) {
  std::set<std::string> uids;
  auto all = dashboards();
  BOOST_TEST(all.size() == 6U);
  for (auto& [file, board] : all) {
    BOOST_CHECK_MESSAGE(board.at("schemaVersion") == 37, file << " has another schema version");
    BOOST_CHECK_MESSAGE(uids.insert(board.at("uid")).second, file << " has a duplicate uid");
    std::set<int> ids;
    std::vector<json> places;
    for (auto& panel : board.at("panels")) {
      auto where = file + ", " + panel.at("title").get<std::string>();
      BOOST_CHECK_MESSAGE(ids.insert(panel.at("id").get<int>()).second, where << " has a duplicate id");
      auto& place = places.emplace_back(panel.at("gridPos"));
      BOOST_CHECK_MESSAGE(std::none_of(places.begin(), places.end() - 1, [&](auto& other) { return overlap(place, other); }),
                          where << " overlaps another panel");
      check_panel(panel, where);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_panel_and_each_variable_shows_data_of_a_running_system) {
  scene s;
  s.serve({"--config", s.write("millrace.yaml", schedule)});
  const prometheus p{s};
  auto producer = s.produce(3'000, 5);
  // The producer sends no timestamps, which the duration metrics need.
  const auto* transfer = R"({"debit":"a","credit":"b","currency":"EUR","amount":1})";
  BOOST_REQUIRE_EQUAL(s.run({"publish", "transaction.transfer", transfer, "--queue", "priority", "--count", "20"}), 0);
  for (auto& [file, board] : dashboards()) {
    for (auto& variable : board.at("templating").at("list"))
      if (variable.at("type") == "query") check_shows(p, file, values_of(variable.at("query").at("query")));
    for (auto& panel : board.at("panels"))
      for (auto& target : panel.at("targets")) {
        auto where = file + ", " + panel.at("title").get<std::string>();
        check_legend(check_shows(p, where, query_of(target.at("expr"))), where, target.value("legendFormat", ""));
      }
  }
  BOOST_REQUIRE_EQUAL(producer->wait(), 0);
}

BOOST_AUTO_TEST_CASE(queues_of_another_virtual_host_are_not_scraped) {
  const test_vhost other;
  rabbit_api("PUT", "/api/queues/" + other.name() + "/email", {{"durable", true}});
  scene s;
  s.serve();
  const auto all =
      "http://" + required_variable("MILLRACE_TEST_RABBIT_METRICS") + "/metrics/detailed?family=queue_coarse_metrics";
  BOOST_REQUIRE(wait_until([&] { return http_get(all).second.find(other.name()) != std::string::npos; }));

  const prometheus p{s};
  const auto hosts = check_shows(p, "prometheus.yml", "count by (vhost) (rabbitmq_detailed_queue_messages_ready)");
  BOOST_REQUIRE_EQUAL(hosts.size(), 1U);
  BOOST_TEST(hosts[0].at("metric").at("vhost") == s.vhost());
}

BOOST_AUTO_TEST_SUITE_END()
