#include "actors/handlers/report/report_catalogue.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace millrace::report;
using nlohmann::json;

namespace {

constexpr const char* statement = R"(-- title: A statement
-- parameter: tenant tenant
-- parameter: account text
-- parameter: since date default 2026-01-31
-- Any other comment.
select 1;
)";

std::string joined(const tl::expected<std::vector<std::string>, std::string>& values) {
  if (!values) return "error: " + values.error();
  std::string text;
  for (const auto& value : *values) text += value + "|";
  return text;
}

struct folder {
  std::filesystem::path path;
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "millrace-catalogue-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~folder() { std::filesystem::remove_all(path); }
  void add(const char* name, const char* text) const { std::ofstream(path / name) << text; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(report_catalogue)

BOOST_AUTO_TEST_CASE(a_definition_has_title_parameters_and_sql) {
  const auto read = read_definition(statement);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->title == "A statement");
  BOOST_TEST(read->sql == "select 1");
  BOOST_REQUIRE(read->parameters.size() == 3U);
  BOOST_TEST(read->parameters[1].name == "account");
  BOOST_TEST(!read->parameters[1].fallback.has_value());
  BOOST_TEST(read->parameters[2].fallback.value() == "2026-01-31");
}

BOOST_AUTO_TEST_CASE(a_mistake_is_named) {
  const std::pair<const char*, const char*> table[] = {
      {"select 1", "title"},
      {"-- title: x\n", "no SQL"},
      {"-- title: x\n-- parameter: a\nselect 1", "line 2"},
      {"-- title: x\n-- parameter: a money\nselect 1", "line 2"},
      {"-- title: x\n-- parameter: a; text\nselect 1", "line 2"},
      {"-- title: x\n-- parameter: a date default tomorrow\nselect 1", "default"},
      {"-- title: x\n-- parameter: a integer standard 1\nselect 1", "default"},
      {"-- title: x\n-- parameter: a text\n-- parameter: a date\nselect 1", "line 3"},
  };
  for (const auto& [text, part] : table) {
    const auto read = read_definition(text);
    BOOST_REQUIRE_MESSAGE(!read.has_value(), text);
    BOOST_TEST(read.error().find(part) != std::string::npos, read.error());
  }
}

BOOST_AUTO_TEST_CASE(names_cannot_leave_the_folder) {
  for (const char* good : {"a", "account_statement", "q3-2026"}) BOOST_TEST(is_report_name(good));
  const std::vector<std::string> wrong{"", "../x", "a/b", "A", "a.sql", "a b", ".", std::string(65, 'a')};
  for (const auto& bad : wrong) BOOST_TEST(!is_report_name(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_folder_is_read_and_a_bad_file_in_it_stops_the_start) {
  folder f;
  f.add("good.sql", statement);
  f.add("notes.txt", "not a report");
  BOOST_TEST(load_catalogue(f.path).size() == 1U);
  f.add("bad.sql", "select 1");
  BOOST_CHECK_EXCEPTION(load_catalogue(f.path), std::invalid_argument,
                        [](const auto& e) { return std::string(e.what()).find("bad.sql") != std::string::npos; });
  BOOST_TEST(load_catalogue(f.path / "missing").empty());
}

BOOST_AUTO_TEST_CASE(the_shipped_reports_are_well_formed) {
  BOOST_TEST(load_catalogue(std::filesystem::path(MILLRACE_SOURCE_DIR) / "config/reports").size() >= 3U);
}

BOOST_AUTO_TEST_CASE(parameters_are_bound_in_order_with_defaults_and_the_tasks_tenant) {
  const auto declared = read_definition(statement)->parameters;
  const json given{{"account", "a'; drop table x; --"}};
  BOOST_TEST(joined(bind_parameters(declared, &given, "acme")) == "acme|a'; drop table x; --|2026-01-31|");
}

BOOST_AUTO_TEST_CASE(wrong_missing_and_unknown_parameters_are_refused) {
  const auto declared = read_definition(statement)->parameters;
  for (const json& given :
       {json::object(), json{{"account", 1}}, json{{"account", "a"}, {"other", 1}},
        json{{"account", "a"}, {"tenant", "foreign"}}, json{{"account", "a"}, {"since", "2026-02-30"}},
        json{{"account", "a"}, {"since", 20260130}}, json{{"account", std::string(2'000, 'x')}}, json(1)})
    BOOST_TEST(joined(bind_parameters(declared, &given, "acme")).starts_with("error: "), given.dump());
  BOOST_TEST(joined(bind_parameters(declared, nullptr, "acme")).starts_with("error: "));
}

BOOST_AUTO_TEST_CASE(each_type_knows_its_values) {
  using enum parameter_type;
  const struct {
    parameter_type type;
    const char* text;
    bool valid;
  } table[] = {{integer, "-5", true},
               {integer, "5.0", false},
               {integer, "9223372036854775808", false},
               {integer, "", false},
               {date, "2024-02-29", true},
               {date, "2023-02-29", false},
               {date, "0000-01-01", false},
               {date, "2023-2-9", false},
               {date, "-023-02-09", false},
               {date, "infinity", false},
               {timestamp, "2026-01-31T00:00:00Z", true},
               {timestamp, "now", false},
               {boolean, "true", true},
               {boolean, "yes", false},
               {tenant, "acme", false}};
  for (const auto& [type, text, valid] : table) BOOST_TEST(is_value(type, text) == valid, text);
}

BOOST_AUTO_TEST_SUITE_END()
