#include "runtime/program/cli/list_printer.hpp"

#include "runtime/program/cli/command.hpp"

#include <cstdlib>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace millrace::cli {
namespace {

using nlohmann::ordered_json;

void check_written() {
  if (!std::cout) throw failure(failed, "cannot write to standard output");
}

}  // namespace

void print_line(const std::string& text) {
  std::cout << text << '\n';
  check_written();
}

void print_line(const ordered_json& object) {
  print_line(object.dump(-1, ' ', true, ordered_json::error_handler_t::replace));
}

void print_indented(const ordered_json& document) {
  print_line(document.dump(2, ' ', false, ordered_json::error_handler_t::replace));
}

terminal::table_format output_format() {
  terminal::table_format format;
  format.terminal = isatty(STDOUT_FILENO) == 1;
  format.paint = terminal::colours_for(format.terminal, std::getenv("NO_COLOR"), std::getenv("TERM"));
  winsize size{};
  if (format.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) format.width = size.ws_col;
  return format;
}

list_printer::list_printer(std::vector<terminal::table_column> columns, std::string if_empty)
    : columns_(std::move(columns)), if_empty_(std::move(if_empty)), format_(output_format()) {}

void list_printer::end_page() {
  if (rows_.empty()) return;
  format_.titles = format_.terminal || !printed_;
  std::cout << terminal::table_text(columns_, rows_, format_) << std::flush;
  check_written();
  printed_ = true;
  rows_.clear();
}

void list_printer::end() {
  end_page();
  if (!printed_ && format_.terminal) std::cerr << if_empty_ << '\n';
}

std::string second_of(const std::string& rfc3339) { return rfc3339.empty() ? rfc3339 : rfc3339.substr(0, 19) + "Z"; }

terminal::table_cell state_cell(const std::string& state) { return {state, terminal::tint_of_state(state)}; }

}  // namespace millrace::cli
