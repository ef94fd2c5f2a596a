#pragma once

#include "runtime/program/terminal/text_table.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

/// Output of commands: lists as an aligned table on a terminal and as tab-separated lines in a pipe, and JSON for programs.
/// Every function throws `failure` (1) if standard output cannot be written.
namespace millrace::cli {

/// Prints one line to standard output.
void print_line(const std::string& text);
void print_line(const nlohmann::ordered_json& object);
/// Prints indented JSON, for documents that people read too.
void print_indented(const nlohmann::ordered_json& document);

/// The format for standard output: terminal or not, its width, colours or not.
terminal::table_format output_format();

/// Prints the rows of one list page by page, so that a long list needs little memory. The titles precede the first row, and
/// on a terminal every page. Without rows, standard output stays empty.
class list_printer {
 public:
  /// `if_empty`: a sentence for an empty list, such as "No dead letters.".
  list_printer(std::vector<terminal::table_column> columns, std::string if_empty);

  void add(terminal::table_row row) { rows_.push_back(std::move(row)); }
  /// Prints the rows added since the last page.
  void end_page();
  /// Prints the last page. If the list had no rows and standard output is a terminal, prints `if_empty` to standard error.
  void end();

 private:
  std::vector<terminal::table_column> columns_;
  std::string if_empty_;
  terminal::table_format format_;
  std::vector<terminal::table_row> rows_;
  bool printed_ = false;
};

/// Truncates an RFC 3339 time to the second, as lists show it. Returns an empty text unchanged.
std::string second_of(const std::string& rfc3339);
/// A cell that shows a state in its colour.
terminal::table_cell state_cell(const std::string& state);

}  // namespace millrace::cli
