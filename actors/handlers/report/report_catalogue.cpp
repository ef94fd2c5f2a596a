#include "actors/handlers/report/report_catalogue.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace millrace::report {

namespace {

constexpr std::uintmax_t max_definition_bytes = 256 * 1024;
constexpr std::size_t max_parameters = 32;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// The text after "-- key:" in a line, or nullopt.
std::optional<std::string_view> declared(std::string_view line, std::string_view key) {
  if (!line.starts_with("--")) return std::nullopt;
  line = trimmed(line.substr(2));
  if (!line.starts_with(key) || !line.substr(key.size()).starts_with(':')) return std::nullopt;
  return trimmed(line.substr(key.size() + 1));
}

tl::expected<parameter, std::string> read_parameter(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string name, type, keyword;
  words >> name >> type >> keyword;
  const auto known = parameter_type_of(type);
  if (!is_report_name(name) || !known) return tl::unexpected(std::string("expected 'parameter: NAME TYPE [default VALUE]'"));
  parameter p{.name = name, .type = *known, .fallback = {}};
  if (keyword.empty()) return p;
  std::string value;
  std::getline(words, value);
  const std::string fallback(trimmed(value));
  if (keyword != "default" || !is_value(p.type, fallback))
    return tl::unexpected("no such default of parameter '" + name + "'");
  p.fallback = fallback;
  return p;
}

std::string read_file(const std::filesystem::path& path) {
  if (std::filesystem::file_size(path) > max_definition_bytes) throw std::invalid_argument("it is too large");
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.good() && !file.eof()) throw std::invalid_argument("it cannot be read");
  return text;
}

definition load(const std::filesystem::path& path) {
  if (!is_report_name(path.stem().string())) throw std::invalid_argument("a report's name is of [a-z0-9_-], 1 to 64");
  auto read = read_definition(read_file(path));
  if (!read) throw std::invalid_argument(read.error());
  return *std::move(read);
}

}  // namespace

bool is_report_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

tl::expected<definition, std::string> read_definition(std::string_view text) {
  definition report;
  std::size_t line_number = 0;
  const auto wrong = [&](const std::string& what) {
    return tl::unexpected("line " + std::to_string(line_number) + ": " + what);
  };
  while (text.starts_with("--")) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    if (const auto title = declared(line, "title")) report.title = *title;
    const auto declaration = declared(line, "parameter");
    if (!declaration) continue;
    auto p = read_parameter(*declaration);
    if (!p) return wrong(p.error());
    const auto same_name = [&](const parameter& other) { return other.name == p->name; };
    if (std::any_of(report.parameters.begin(), report.parameters.end(), same_name))
      return wrong("a parameter declared twice");
    if (report.parameters.size() == max_parameters) return wrong("too many parameters");
    report.parameters.push_back(*std::move(p));
  }
  text = trimmed(text);
  if (text.ends_with(';')) text.remove_suffix(1);
  if (report.title.empty()) return tl::unexpected(std::string("no line '-- title: …' at the start"));
  if (text.empty()) return tl::unexpected(std::string("no SQL after the declarations"));
  report.sql = text;
  return report;
}

catalogue load_catalogue(const std::filesystem::path& folder) {
  catalogue reports;
  if (!std::filesystem::is_directory(folder)) return reports;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto& path = entry.path();
    if (path.extension() != ".sql") continue;
    try {
      reports.emplace(path.stem().string(), load(path));
    } catch (const std::exception& error) {
      throw std::invalid_argument("report.catalogue_dir: " + path.string() + ": " + error.what());
    }
  }
  return reports;
}

}  // namespace millrace::report
