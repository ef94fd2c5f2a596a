#include "runtime/program/terminal/text_table.hpp"

#include "runtime/program/terminal/text_width.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>

using namespace millrace;
using namespace millrace::terminal;

namespace {

const std::vector<table_column> dead_letter_columns{
    {"ID", room::whole}, {"LETTERS", room::whole, side::right}, {"TYPE", room::spare}, {"STATE", room::whole}, {"ERROR"}};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

std::string shown(const table_row& row, const table_format& format) {
  return table_text(dead_letter_columns, {row}, format);
}

constexpr table_format wide{.terminal = true, .width = 200};
constexpr table_format wide_enough{.terminal = true, .width = 1'000}, pipe_format{};

}  // namespace

BOOST_AUTO_TEST_SUITE(tables)

BOOST_AUTO_TEST_CASE(columns_are_aligned_numbers_to_the_right_and_empty_cells_are_dashes) {
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

BOOST_AUTO_TEST_CASE(a_pipe_gets_full_texts_separated_by_tabs_without_colours) {
  const std::string error(5'000, 'x');
  const auto row = table_row{std::string{"a"}, std::string{"7"}, std::string{}, table_cell{"dead", tint::red}, error};
  table_format format{.terminal = false, .width = 20, .paint = colours::on};
  BOOST_TEST(shown(row, format) == "ID\tLETTERS\tTYPE\tSTATE\tERROR\na\t7\t-\tdead\t" + error + "\n");
  format.titles = false;
  BOOST_TEST(shown(row, format) == "a\t7\t-\tdead\t" + error + "\n");
}

BOOST_AUTO_TEST_CASE(a_row_is_one_line_on_a_terminal_of_any_width) {
  const auto row = table_row{std::string{"5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90"}, std::string{"7"},
                             std::string{"notification.webhook"}, std::string{"dead"}, "日本語 " + std::string(500, 'x')};
  for (std::size_t width = 1; width <= 120; ++width)
    for (const auto& line : lines_of(shown(row, {.terminal = true, .width = width})))
      BOOST_TEST(text_width(line) <= width, width << ": " << line);
}

BOOST_AUTO_TEST_CASE(the_longest_text_shrinks_first_then_spare_columns_are_omitted_and_ids_shrink_last) {
  const auto row = table_row{std::string{"5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90"}, std::string{"7"},
                             std::string{"report.run"}, std::string{"dead"}, std::string(30, 'x')};
  auto last = [&](std::size_t width) { return lines_of(shown(row, {.terminal = true, .width = width}))[1]; };
  BOOST_TEST(last(80) == "5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90        7  report.run  dead   xxxxxxxxxxxxx…");
  BOOST_TEST(last(75) == "5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90        7  report.r…  dead   xxxxxxxxx…");
  BOOST_TEST(last(70) == "5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90        7  dead   xxxxxxxxxxxxxxx…");
  BOOST_TEST(last(52) == "5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90        7  dead");
  BOOST_TEST(last(20) == "5b0c2f1e-0d6f-5c1a-…");
}

BOOST_AUTO_TEST_CASE(nothing_is_truncated_if_the_terminal_width_is_unknown) {
  const std::string error(300, 'x');
  BOOST_TEST(shown({std::string{"a"}, std::string{"7"}, std::string{"t"}, std::string{"dead"}, error}, {.terminal = true})
                 .find(error) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(untrusted_text_cannot_control_the_terminal_or_break_columns) {
  constexpr std::string_view bytes{"\x1b[2J\ta\nb\0c\xff\u202Ed\u061Ce\u2066f\x9b", 23};
  const std::string hostile{bytes};
  for (const auto& format : {wide_enough, pipe_format}) {
    const auto text = shown({hostile, hostile, hostile, hostile, hostile}, format);
    BOOST_TEST(lines_of(text).size() == 2U);
    BOOST_TEST(text.find_first_of(std::string("\x1b\0\xff\x9b", 4)) == std::string::npos);
    for (const char* control : {"\u202E", "\u061C", "\u2066"}) BOOST_TEST(text.find(control) == std::string::npos);
    BOOST_TEST(std::ranges::count(text, '\t') == (format.terminal ? 0 : 8));
    BOOST_TEST(text.find("\\x1b[2J\\x09a\\x0ab\\x00c\\xff\\xe2\\x80\\xaed\\xd8\\x9ce") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(colours_change_nothing_but_colours) {
  const auto row = table_row{std::string{"a"}, std::string{"7"}, std::string{"email"}, table_cell{"dead", tint::red},
                             std::string(300, 'x')};
  table_format format{.terminal = true, .width = 60, .paint = colours::on};
  auto painted_text = shown(row, format);
  BOOST_TEST(painted_text.find("\x1b[31mdead\x1b[0m") != std::string::npos);
  BOOST_TEST(painted_text.find("\x1b[1mSTATE\x1b[0m") != std::string::npos);
  for (std::size_t at = 0; (at = painted_text.find('\x1b')) != std::string::npos;)
    painted_text.erase(at, painted_text.find('m', at) - at + 1);
  format.paint = colours::off;
  BOOST_TEST(painted_text == shown(row, format));
}

BOOST_AUTO_TEST_SUITE_END()
