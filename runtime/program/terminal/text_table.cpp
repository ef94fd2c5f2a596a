#include "runtime/program/terminal/text_table.hpp"

#include "runtime/program/terminal/terminal_text.hpp"
#include "runtime/program/terminal/text_width.hpp"

#include <algorithm>

namespace millrace::terminal {
namespace {

constexpr std::size_t gap_width = 2, least_cell = 8, widest_whole = 40;

/// A visible column and its width.
struct laid_column {
  std::size_t index, width, least;
  bool spare;
};
using table_layout = std::vector<laid_column>;

std::string shown_text(const table_cell& cell) {
  return cell.text.empty() ? "-" : terminal_text(cell.text, cell.text.size(), false);
}

std::vector<table_row> shown_rows(const std::vector<table_row>& rows) {
  auto shown = rows;
  for (auto& row : shown)
    for (auto& cell : row) cell.text = shown_text(cell);
  return shown;
}

template <std::size_t laid_column::*Width>
std::size_t line_width(const table_layout& layout) {
  std::size_t sum = 0;
  for (const auto& c : layout) sum += c.*Width + (sum > 0 ? gap_width : 0);
  return sum;
}

laid_column lay(const table_column& column, std::size_t index, const std::vector<table_row>& rows, std::size_t most) {
  auto width = text_width(column.title);
  const auto least = column.need == room::whole ? widest_whole : std::max(least_cell, width);
  for (const auto& row : rows) width = std::max(width, text_width(row[index].text));
  width = std::min(width, most);
  return {index, width, std::min(width, least), column.need == room::spare};
}

/// Omits spare columns from the right until the minimum widths of the rest fit.
void omit_spare(table_layout& layout, std::size_t width) {
  while (line_width<&laid_column::least>(layout) > width) {
    const auto spare = std::find_if(layout.rbegin(), layout.rend(), [](auto& c) { return c.spare; });
    if (spare == layout.rend()) return;
    layout.erase(std::next(spare).base());
  }
}

/// Reduces the widest column by one until the line fits.
void shrink(table_layout& layout, std::size_t width) {
  for (auto line = line_width<&laid_column::width>(layout); line > width; --line) {
    const auto slack = [](const laid_column& c) { return c.width > c.least ? c.width : 0; };
    const auto widest = std::ranges::max_element(layout, {}, slack);
    if (slack(*widest) == 0) return;
    --widest->width;
  }
}

/// Truncates the columns beyond the right edge.
void cut_at_edge(table_layout& layout, std::size_t width) {
  while (line_width<&laid_column::width>(layout) > width) {
    const auto over = line_width<&laid_column::width>(layout) - width;
    if (layout.back().width > over) return void(layout.back().width -= over);
    layout.pop_back();
  }
}

table_layout lay_out(const std::vector<table_column>& columns, const std::vector<table_row>& rows, std::size_t width) {
  table_layout layout;
  for (std::size_t i = 0; i < columns.size(); ++i) layout.push_back(lay(columns[i], i, rows, width ? width : SIZE_MAX));
  if (width == 0) return layout;
  omit_spare(layout, width);
  shrink(layout, width);
  cut_at_edge(layout, width);
  return layout;
}

std::string aligned_line(const std::vector<table_column>& columns, const table_row& row, const table_layout& layout,
                         colours paint) {
  std::string line;
  for (const auto& c : layout) {
    const auto& cell = row[c.index];
    const auto text = cut_to_width(cell.text, c.width);
    const std::string blanks(c.width - std::min(c.width, text_width(text)), ' ');
    if (columns[c.index].aligned == side::right) line += blanks;
    line += painted(text, cell.colour, paint);
    if (&c == &layout.back()) break;
    if (columns[c.index].aligned == side::left) line += blanks;
    line.append(gap_width, ' ');
  }
  return line + '\n';
}

std::string tabbed_line(const table_row& row) {
  std::string line;
  for (const auto& cell : row) line.append(cell.text).append(1, '\t');
  line.back() = '\n';
  return line;
}

}  // namespace

std::string table_text(const std::vector<table_column>& columns, const std::vector<table_row>& rows,
                       const table_format& format) {
  auto lines = shown_rows(rows);
  const auto layout = format.terminal ? lay_out(columns, lines, format.width) : table_layout{};
  if (format.titles) {
    table_row titles;
    for (const auto& c : columns) titles.emplace_back(std::string{c.title}, tint::bold);
    lines.insert(lines.begin(), std::move(titles));
  }
  std::string out;
  for (const auto& line : lines)
    out += format.terminal ? aligned_line(columns, line, layout, format.paint) : tabbed_line(line);
  return out;
}

}  // namespace millrace::terminal
