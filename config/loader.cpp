#include "config/loader.hpp"

#include "config/checks.hpp"
#include "config/options.hpp"
#include "config/suggestion.hpp"
#include "config/yaml_reader.hpp"

#include <string_view>
#include <unistd.h>

namespace millrace::config {

namespace {

constexpr std::size_t longest_file = 1024 * 1024;

/// Splits a list written as one text at commas, and at newlines for lists in files.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find_first_of(",\n", begin), text.size());
    std::string item = text.substr(begin, end - begin);
    const auto first = item.find_first_not_of(" \t\r");
    out.push_back(first == std::string::npos ? "" : item.substr(first, item.find_last_not_of(" \t\r") - first + 1));
    begin = end + 1;
  }
  return out;
}

class loading {
 public:
  explicit loading(const sources& from) : from_(from) {}

  tl::expected<loaded, std::vector<problem>> run() {
    if (!from_.file.empty()) read_file_source();
    read_variables();
    if (!from_.environment_name.empty())
      set(*find_option("environment"), "", {from_.environment_name}, {"command line", 0}, false);
    // Checks across options would repeat errors of single options.
    if (!failed_)
      check(out_.values, [this](severity level, const std::string& name, const std::string& message) {
        add(level, origin_of(name), name + " " + message);
      });
    sort(problems_);
    if (failed_) return tl::unexpected(std::move(problems_));
    out_.warnings = std::move(problems_);
    return std::move(out_);
  }

 private:
  void add(severity level, const origin& at, std::string message) {
    failed_ = failed_ || level == severity::error;
    problems_.push_back({level, at.source, at.line, std::move(message)});
  }

  origin origin_of(const std::string& name) const {
    auto found = out_.origins.find(name);
    if (found != out_.origins.end()) return found->second;
    // A missing option of a schedule is reported at the line of the schedule.
    const auto section = name.substr(0, name.rfind('.') + 1);
    found = out_.origins.lower_bound(section);
    const bool near = section.starts_with("schedules.") && found != out_.origins.end() && found->first.starts_with(section);
    return near ? found->second : origin{};
  }

  void read_file_source() {
    const auto text = read_file(from_.file, longest_file);
    if (!text) return add(severity::error, {from_.file, 0}, text.error());
    yaml_content content = read_yaml(*text, from_.file);
    for (problem& p : content.problems) add(p.level, {p.source, p.line}, std::move(p.message));
    for (const entry& e : content.entries) set_interpolated(e);
  }

  void set_interpolated(const entry& e) {
    const origin at{from_.file, e.line};
    std::vector<std::string> values;
    for (const auto& raw : e.values) {
      auto value = interpolate(raw, from_.environment);
      if (!value) return add(severity::error, at, e.target->name_of(e.key) + ": " + value.error());
      values.push_back(std::move(*value));
    }
    set(*e.target, e.key, values, at, e.list, e.values);
  }

  void read_variables() {
    for (const option& o : options()) {
      std::string first, value;
      for (const auto& name : o.variables()) {
        const auto found = from_.environment.find(name);
        if (found == from_.environment.end() || found->second.empty()) continue;
        if (!first.empty() && found->second != value)
          add(severity::error, {"environment", 0}, first + " and " + name + " both set " + o.name + "; unset one");
        first = name;
        value = found->second;
      }
      if (!first.empty()) set(o, "", {value}, {"environment variable " + first, 0}, false);
    }
    for (const auto& [name, value] : from_.environment) warn_of_misspelt(name);
  }

  /// Other programs may set variables with the prefix (Kubernetes sets MILLRACE_PORT for a service), so only near misses
  /// warn.
  void warn_of_misspelt(const std::string& name) {
    if (!name.starts_with("MILLRACE_")) return;
    std::string best;
    for (const option& o : options())
      for (const auto& valid : o.variables()) {
        if (valid == name) return;
        if (edit_distance(valid, name.substr(0, 128)) <= 2) best = valid;
      }
    if (!best.empty())
      add(severity::warning, {"environment variable " + name, 0}, "is not an option; did you mean " + best + "?");
  }

  /// `written` is the text before interpolation, for messages: the interpolated text might contain a secret.
  void set(const option& o, const std::string& key, const std::vector<std::string>& texts, const origin& at, bool list,
           const std::vector<std::string>& written = {}) {
    const std::string name = o.name_of(key);
    settings scratch;
    const bool hidden = is_secret(o.at(scratch, key)), many = is_list(o.at(scratch, key));
    if (list && !many) return add(severity::error, at, name + " takes one value, not a list");
    std::vector<std::string> values;
    for (const auto& text : texts) {
      auto value = hidden ? read_secret(text) : tl::expected<std::string, std::string>(text);
      if (!value) return add(severity::error, at, name + ": " + value.error());
      if (many && !list)
        values = split(*value);
      else
        values.push_back(std::move(*value));
    }
    if (const auto wrong = assign(o.at(out_.values, key), o.allowed, values)) {
      const std::string shown = hidden ? "" : " " + in_quotes(written.empty() ? texts.front() : written.front());
      return add(severity::error, at, name + shown + ": " + *wrong);
    }
    out_.origins[name] = at;
  }

  const sources& from_;
  loaded out_;
  std::vector<problem> problems_;
  bool failed_ = false;
};

}  // namespace

tl::expected<loaded, std::vector<problem>> load(const sources& from) { return loading(from).run(); }

variables process_environment() {
  variables out;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view line(*entry);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) out.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return out;
}

}  // namespace millrace::config
