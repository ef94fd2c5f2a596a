#include "runtime/program/top/scrape_parser.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace millrace::top {
namespace {

constexpr std::size_t max_bytes = 16 * 1024 * 1024, max_labels = 64, max_samples = 50'000;
constexpr std::string_view blanks = " \t";

/// A syntax error in a line.
struct parse_error {
  const char* message;
};

/// Parses one line. Throws `parse_error`.
class line_reader {
 public:
  explicit line_reader(std::string_view line) : rest_(line) {}

  metric_sample sample() {
    metric_sample s;
    s.name = name(":");
    skip_blanks();
    if (take('{')) s.labels = labels();
    s.value = number();
    skip_blanks();
    if (!rest_.empty()) time_stamp();
    return s;
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view word() {
    skip_blanks();
    auto found = rest_.substr(0, rest_.find_first_of(blanks));
    rest_.remove_prefix(found.size());
    return found;
  }

  /// [a-zA-Z_][a-zA-Z0-9_]*, with the characters of `more` allowed everywhere.
  std::string name(std::string_view more) {
    auto fits = [more](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             more.find(c) != more.npos;
    };
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(rest_, fits) - rest_.begin());
    if (end == 0 || (rest_[0] >= '0' && rest_[0] <= '9')) throw parse_error{"name expected"};
    std::string found{rest_.substr(0, end)};
    rest_.remove_prefix(end);
    return found;
  }

  std::vector<std::pair<std::string, std::string>> labels() {
    std::vector<std::pair<std::string, std::string>> all;
    for (skip_blanks(); !take('}'); skip_blanks()) {
      if (all.size() == max_labels) throw parse_error{"too many labels"};
      auto label = name("");
      skip_blanks();
      if (!take('=')) throw parse_error{"= expected after a label name"};
      skip_blanks();
      all.emplace_back(std::move(label), quoted());
      skip_blanks();
      if (!take(',') && !rest_.starts_with('}')) throw parse_error{", or } expected after a label"};
    }
    return all;
  }

  std::string quoted() {
    if (!take('"')) throw parse_error{"label value without quotes"};
    std::string out;
    while (!take('"')) {
      if (rest_.empty()) throw parse_error{"unterminated label value"};
      out += take('\\') ? escaped() : rest_[0];
      rest_.remove_prefix(1);
    }
    return out;
  }

  char escaped() const {
    if (rest_.empty()) throw parse_error{"unterminated label value"};
    if (rest_[0] != 'n' && rest_[0] != '\\' && rest_[0] != '"') throw parse_error{"unknown escape sequence"};
    return rest_[0] == 'n' ? '\n' : rest_[0];
  }

  double number() {
    auto text = word();
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) throw parse_error{"invalid value"};
    return value;
  }

  void time_stamp() {
    const auto text = word();
    long long milliseconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    skip_blanks();
    if (error != std::errc{} || end != text.data() + text.size() || !rest_.empty()) throw parse_error{"invalid time stamp"};
  }

  std::string_view rest_;
};

std::string_view cut_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  return line;
}

}  // namespace

std::string_view metric_sample::label(std::string_view wanted) const noexcept {
  for (const auto& [key, text] : labels)
    if (key == wanted) return text;
  return {};
}

tl::expected<std::vector<metric_sample>, std::string> parse_prometheus_text(std::string_view text,
                                                                            std::span<const std::string_view> wanted) {
  if (text.size() > max_bytes) return tl::unexpected{std::string{"larger than 16 MiB"}};
  std::vector<metric_sample> found;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = cut_line(text);
    if (line.empty() || line[0] == '#') continue;
    try {
      auto sample = line_reader{line}.sample();
      if (std::ranges::find(wanted, sample.name) == wanted.end()) continue;
      if (found.size() == max_samples) throw parse_error{"too many samples"};
      found.push_back(std::move(sample));
    } catch (const parse_error& e) {
      return tl::unexpected{"line " + std::to_string(number) + ": " + e.message};
    }
  }
  return found;
}

}  // namespace millrace::top
