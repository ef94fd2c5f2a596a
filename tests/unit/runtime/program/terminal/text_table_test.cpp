#include "runtime/program/terminal/text_table.hpp"

#include "runtime/program/terminal/text_width.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>

using namespace millrace;

namespace {

const std::vector<table_column> dead_letter_columns{
    {"ID", room::whole}, {"LETTERS", room::whole, side::right}, {"TYPE", room::spare}, {"STATE", room::whole}, {"ERROR"}};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

std::string shown(const table_row& row, const table_look& look) { return table_text(dead_letter_columns, {row}, look); }

constexpr table_look wide{.terminal = true, .width = 200};
constexpr table_look wide_enough{.terminal = true, .width = 1'000}, pipe_look{};

}  // namespace

BOOST_AUTO_TEST_SUITE(tables)

BOOST_AUTO_TEST_CASE(columns_are_aligned_numbers_to_the_right_and_nothing_is_a_dash) {
  const std::vector<table_row> rows{
      {std::string{"a"}, std::string{"7"}, std::string{"email"}, std::string{"dead"}, std::string{"no mailbox"}},
      {std::string{"bcd"}, std::string{"1200"}, std::string{}, std::string{"succeeded"}, std::string{}}};
  BOOST_TEST(table_text(dead_letter_columns, rows, wide) ==
             "ID   LETTERS  TYPE   STATE      ERROR\n"
             "a          7  email  dead       no mailbox\n"
             "bcd     1200  -      succeeded  -\n");
}

BOOST_AUTO_TEST_CASE(alignment_counts_columns_of_the_terminal_and_not_bytes) {
  const std::vector<table_column> columns{{"NAME"}, {"N", room::whole, side::right}, {"X"}};
  for (const std::string name : {"Grüße", "日本語", "e\u0301te\u0301", "📦", "ascii"}) {
    const auto line = lines_of(table_text(
        columns, {{name, std::string{"5"}, std::string{"x"}}, {std::string{"12345678"}, std::string{"5"}, std::string{"x"}}},
        wide))[1];
    BOOST_TEST(text_width(line) == 14U, line);
    BOOST_TEST(line.starts_with(name));
  }
}

BOOST_AUTO_TEST_CASE(behind_a_pipe_texts_are_whole_with_tabs_between_and_without_colours) {
  const std::string error(5'000, 'x');
  const auto row = table_row{std::string{"a"}, std::string{"7"}, std::string{}, table_cell{"dead", tint::red}, error};
  table_look look{.terminal = false, .width = 20, .paint = colours::on};
  BOOST_TEST(shown(row, look) == "ID\tLETTERS\tTYPE\tSTATE\tERROR\na\t7\t-\tdead\t" + error + "\n");
  look.titles = false;
  BOOST_TEST(shown(row, look) == "a\t7\t-\tdead\t" + error + "\n");
}

BOOST_AUTO_TEST_CASE(on_a_terminal_a_row_is_one_line_however_narrow_it_is) {
  const auto row = table_row{std::string{"5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90"}, std::string{"7"},
                             std::string{"notification.webhook"}, std::string{"dead"}, "日本語 " + std::string(500, 'x')};
  for (std::size_t width = 1; width <= 120; ++width)
    for (const auto& line : lines_of(shown(row, {.terminal = true, .width = width})))
      BOOST_TEST(text_width(line) <= width, width << ": " << line);
}

BOOST_AUTO_TEST_CASE(the_longest_text_gives_way_first_then_spare_columns_and_ids_last) {
  const auto row = table_row{std::string{"5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90"}, std::string{"7"},
                             std::string{"report.run"}, std::string{"dead"}, std::string(30, 'x')};
  auto last = [&](std::size_t width) { return lines_of(shown(row, {.terminal = true, .width = width}))[1]; };
  BOOST_TEST(last(80) == "5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90        7  report.run  dead   xxxxxxxxxxxxx…");
  BOOST_TEST(last(75) == "5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90        7  report.r…  dead   xxxxxxxxx…");
  BOOST_TEST(last(70) == "5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90        7  dead   xxxxxxxxxxxxxxx…");
  BOOST_TEST(last(52) == "5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90        7  dead");
  BOOST_TEST(last(20) == "5b0c2f1e-0d6f-5c1a-…");
}

BOOST_AUTO_TEST_CASE(where_nobody_knows_how_wide_the_terminal_is_nothing_is_cut) {
  const std::string error(300, 'x');
  BOOST_TEST(shown({std::string{"a"}, std::string{"7"}, std::string{"t"}, std::string{"dead"}, error}, {.terminal = true})
                 .find(error) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_strangers_wrote_cannot_touch_the_terminal_or_the_columns) {
  constexpr std::string_view bytes{"\x1b[2J\ta\nb\0c\xff\u202Ed\u061Ce\u2066f\x9b", 23};
  const std::string hostile{bytes};
  for (const auto& look : {wide_enough, pipe_look}) {
    const auto text = shown({hostile, hostile, hostile, hostile, hostile}, look);
    BOOST_TEST(lines_of(text).size() == 2U);
    BOOST_TEST(text.find_first_of(std::string("\x1b\0\xff\x9b", 4)) == std::string::npos);
    for (const char* turner : {"\u202E", "\u061C", "\u2066"}) BOOST_TEST(text.find(turner) == std::string::npos);
    BOOST_TEST(std::ranges::count(text, '\t') == (look.terminal ? 0 : 8));
    BOOST_TEST(text.find("\\x1b[2J\\x09a\\x0ab\\x00c\\xff\\xe2\\x80\\xaed\\xd8\\x9ce") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(colours_change_nothing_but_colours) {
  const auto row = table_row{std::string{"a"}, std::string{"7"}, std::string{"email"}, table_cell{"dead", tint::red},
                             std::string(300, 'x')};
  table_look look{.terminal = true, .width = 60, .paint = colours::on};
  auto painted_text = shown(row, look);
  BOOST_TEST(painted_text.find("\x1b[31mdead\x1b[0m") != std::string::npos);
  BOOST_TEST(painted_text.find("\x1b[1mSTATE\x1b[0m") != std::string::npos);
  for (std::size_t at = 0; (at = painted_text.find('\x1b')) != std::string::npos;)
    painted_text.erase(at, painted_text.find('m', at) - at + 1);
  look.paint = colours::off;
  BOOST_TEST(painted_text == shown(row, look));
}

BOOST_AUTO_TEST_SUITE_END()
