// Every panel and every variable of every dashboard shows something of a system that works.
#include "tests/integration/end_to_end/prometheus.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
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

/// As Grafana would ask, with "All" for each variable.
std::string asked(std::string expression) {
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

void check_shows(const prometheus& p, const std::string& where, const std::string& expression) {
  BOOST_CHECK_MESSAGE(wait_until([&] { return !p.series(expression).empty(); }), where << " shows nothing: " << expression);
}

void check_panel(const json& panel, const std::string& where) {
  BOOST_CHECK_MESSAGE(!panel.at("description").get<std::string>().empty(), where << " has no description");
  BOOST_CHECK_MESSAGE(panel.at("datasource").at("uid") == "${datasource}", where << " has a data source of its own");
  auto& defaults = panel.at("fieldConfig").at("defaults");
  BOOST_CHECK_MESSAGE(!defaults.at("unit").get<std::string>().empty(), where << " has no unit");
  auto& steps = defaults.at("thresholds").at("steps");
  BOOST_REQUIRE_MESSAGE(!steps.empty() && steps[0].at("value").is_null(), where << " has no threshold to begin with");
  for (std::size_t i = 2; i < steps.size(); ++i)
    BOOST_CHECK_MESSAGE(steps[i].at("value") > steps[i - 1].at("value"), where << " has thresholds out of order");
  auto& place = panel.at("gridPos");
  BOOST_CHECK_MESSAGE(place.at("x").get<int>() + place.at("w").get<int>() <= 24, where << " is wider than the page");
  BOOST_CHECK_MESSAGE(!panel.at("targets").empty(), where << " asks nothing");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dashboard)

BOOST_AUTO_TEST_CASE(each_file_is_one_that_grafana_takes) {
  std::set<std::string> uids;
  auto all = dashboards();
  BOOST_TEST(all.size() == 6U);
  for (auto& [file, board] : all) {
    BOOST_CHECK_MESSAGE(board.at("schemaVersion") == 37, file << " is of another schema");
    BOOST_CHECK_MESSAGE(uids.insert(board.at("uid")).second, file << " has the uid of another one");
    std::set<int> ids;
    for (auto& panel : board.at("panels")) {
      auto where = file + ", " + panel.at("title").get<std::string>();
      BOOST_CHECK_MESSAGE(ids.insert(panel.at("id").get<int>()).second, where << " has the id of another one");
      check_panel(panel, where);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_panel_and_each_variable_shows_something_of_a_system_that_works) {
  scene s;
  s.serve({"--config", s.write("millrace.yaml", schedule)});
  const prometheus p{s};
  auto producer = s.produce(3'000, 5);
  // The producer says not when it publishes, and without that nobody knows how long a task took.
  const auto* transfer = R"({"debit":"a","credit":"b","currency":"EUR","amount":1})";
  BOOST_REQUIRE_EQUAL(s.run({"publish", "transaction.transfer", transfer, "--queue", "priority", "--count", "20"}), 0);
  for (auto& [file, board] : dashboards()) {
    for (auto& variable : board.at("templating").at("list"))
      if (variable.at("type") == "query") check_shows(p, file, values_of(variable.at("query").at("query")));
    for (auto& panel : board.at("panels"))
      for (auto& target : panel.at("targets"))
        check_shows(p, file + ", " + panel.at("title").get<std::string>(), asked(target.at("expr")));
  }
  BOOST_REQUIRE_EQUAL(producer->wait(), 0);
}

BOOST_AUTO_TEST_SUITE_END()
