#pragma once

#include "runtime/program/terminal/terminal_colour.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Rows of columns, for people on a terminal and for `cut` and `awk` behind a pipe.
namespace millrace {

/// What becomes of a column where a terminal is too narrow for all of them.
enum class room : std::uint8_t {
  whole,    ///< ids and times: up to 40 columns of it are not cut while another column can give way
  shrinks,  ///< cut to 8 columns, or to its title, at the least
  spare     ///< shrinks, and is left out where that is not enough
};
enum class side : std::uint8_t { left, right };

struct table_column {
  std::string_view title;
  room need = room::shrinks;
  side aligned = side::left;
};

/// A text as it came from outside; empty is shown as a dash.
struct table_cell {
  table_cell(std::string t, tint c = tint::plain) : text(std::move(t)), colour(c) {}
  std::string text;
  tint colour;
};
/// As many cells as there are columns.
using table_row = std::vector<table_cell>;

struct table_look {
  bool terminal = false;
  std::size_t width = 0;  ///< of the terminal, in columns; 0: nobody knows, so nothing is cut
  colours paint = colours::off;
  bool titles = true;  ///< begin with the line of titles
};

/// On a terminal: columns aligned and two blanks apart, cut so that a row is one line, colours if wanted. Otherwise: whole
/// texts with a tab between them, and no colours. What strangers wrote is made fit for a terminal either way, so neither a
/// tab nor a line end is ever part of a cell. Pure.
std::string table_text(const std::vector<table_column>& columns, const std::vector<table_row>& rows, const table_look& look);

}  // namespace millrace
