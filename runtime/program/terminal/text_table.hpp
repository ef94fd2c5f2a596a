#pragma once

#include "runtime/program/terminal/terminal_colour.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Tables: aligned for a terminal, tab-separated for `cut` and `awk` in a pipe.
namespace millrace::terminal {

/// How a column gives way on a terminal that is too narrow.
enum class room : std::uint8_t {
  whole,    ///< ids and times: keeps up to 40 characters as long as another column can give way
  shrinks,  ///< truncated to at least 8 characters or the width of its title
  spare     ///< truncated, and omitted if that is not enough
};
enum class side : std::uint8_t { left, right };

struct table_column {
  std::string_view title;
  room need = room::shrinks;
  side aligned = side::left;
};

/// A text, possibly untrusted. An empty text is shown as `-`.
struct table_cell {
  table_cell(std::string t, tint c = tint::plain) : text(std::move(t)), colour(c) {}
  std::string text;
  tint colour;
};
/// One cell per column.
using table_row = std::vector<table_cell>;

struct table_format {
  bool terminal = false;
  std::size_t width = 0;  ///< of the terminal, in characters; 0: unknown, nothing is truncated
  colours paint = colours::off;
  bool titles = true;  ///< print the titles first
};

/// Formats a table. For a terminal: aligned columns two blanks apart, truncated so that a row is one line, with colours if
/// enabled. Otherwise: full texts separated by tabs, without colours. Both escape untrusted text (see terminal_text), so no
/// cell contains a tab or a line end. Pure.
std::string table_text(const std::vector<table_column>& columns, const std::vector<table_row>& rows,
                       const table_format& format);

}  // namespace millrace::terminal
