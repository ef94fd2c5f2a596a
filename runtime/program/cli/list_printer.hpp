#pragma once

#include "runtime/program/terminal/text_table.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

/// How commands print: lists as a table that fits on a terminal and with tabs behind a pipe; JSON for programs. Everything
/// here throws `failure` (1) if nobody takes it.
namespace millrace::cli {

/// One line on standard output.
void print_line(const std::string& text);
void print_line(const nlohmann::ordered_json& object);
/// JSON over several lines, for arrays that people may look at, too.
void print_indented(const nlohmann::ordered_json& document);

/// What standard output is: a terminal or not, how wide, with colours or without.
table_look look_of_output();

/// The rows of one command, in pages, so that a long list takes little memory. Titles come with the first row, and on a
/// terminal with each page. Without rows standard output stays empty.
class list_printer {
 public:
  /// `if_empty` is a sentence for people, such as "No dead letters.".
  list_printer(std::vector<table_column> columns, std::string if_empty);

  void add(table_row row) { rows_.push_back(std::move(row)); }
  /// Prints what was added since the last page.
  void end_page();
  /// The last page; where there was no row at all, a terminal is told so on standard error.
  void end();

 private:
  std::vector<table_column> columns_;
  std::string if_empty_;
  table_look look_;
  std::vector<table_row> rows_;
  bool printed_ = false;
};

/// RFC 3339 on the second, as lists show it; empty stays empty.
std::string second_of(const std::string& rfc3339);
/// A cell with a state in its colour.
table_cell state_cell(const std::string& state);

}  // namespace millrace::cli
