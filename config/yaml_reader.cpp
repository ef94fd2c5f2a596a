#include "config/yaml_reader.hpp"

#include "config/suggestion.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>

namespace millrace::config {

namespace {

int line_of(const YAML::Mark& mark) { return mark.line + 1; }

bool is_key(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, allowed);
}

class reader {
 public:
  explicit reader(const std::string& source) : source_(source) {}

  void section(const YAML::Node& node, const std::string& prefix) {
    for (const auto& pair : node)
      if (const auto path = path_of(pair.first, prefix)) member(*path, pair.second, line_of(pair.first.Mark()));
  }

  yaml_content take() { return std::move(content_); }
  void complain(int line, std::string message) {
    content_.problems.push_back({severity::error, source_, line, std::move(message)});
  }

 private:
  /// The full name of a key; nothing for invalid or duplicate keys.
  std::optional<std::string> path_of(const YAML::Node& key, const std::string& prefix) {
    const int line = line_of(key.Mark());
    if (!key.IsScalar()) return complain(line, "a key must be a plain name"), std::nullopt;
    const std::string path = prefix.empty() ? key.Scalar() : prefix + "." + key.Scalar();
    const auto [first, fresh] = lines_.emplace(path, line);
    if (fresh) return path;
    complain(line, in_quotes(path) + " is set twice, first in line " + std::to_string(first->second));
    return std::nullopt;
  }

  void member(const std::string& path, const YAML::Node& value, int line) {
    const option* target = find_option(path);
    if (target && target->per().empty()) return leaf(*target, "", path, value, line);
    if (!is_section(path)) return unknown(path, line);
    if (!is_map(value, path, line)) return;
    if (path == "types" || path == "schedules") return each(value, path);
    section(value, path);
  }

  /// An empty section is valid: all its options may be commented out.
  bool is_map(const YAML::Node& value, const std::string& path, int line) {
    if (!value.IsMap() && !value.IsNull()) complain(line, in_quotes(path) + " is a section: write its options below it");
    return value.IsMap();
  }

  /// Reads the task types or schedules of a section.
  void each(const YAML::Node& node, const std::string& section) {
    for (const auto& pair : node) {
      const auto path = path_of(pair.first, section);
      if (!path) continue;
      const int line = line_of(pair.first.Mark());
      if (!is_key(pair.first.Scalar()))
        complain(line, in_quotes(*path) + ": a " + (section == "types" ? "task type" : "schedule name") +
                           " has up to 128 characters of a-z, 0-9, '.', '_' and '-'");
      else if (is_map(pair.second, *path, line))
        options_of(pair.second, section, pair.first.Scalar());
    }
  }

  void options_of(const YAML::Node& node, const std::string& section, const std::string& key) {
    for (const auto& pair : node) {
      const auto path = path_of(pair.first, section + "." + key);
      if (!path) continue;
      const int line = line_of(pair.first.Mark());
      const option* target = find_option(section + ".*." + pair.first.Scalar());
      target ? leaf(*target, key, *path, pair.second, line) : unknown_of(*path, section, key, line);
    }
  }

  void leaf(const option& target, const std::string& key, const std::string& path, const YAML::Node& value, int line) {
    entry e{&target, key, {}, value.IsSequence(), line};
    if (value.IsNull()) return complain(line, path + " has no value; remove the line to keep the default, or write \"\"");
    if (value.IsScalar()) e.values.push_back(value.Scalar());
    if (value.IsSequence())
      for (const auto& item : value) {
        if (!item.IsScalar()) return complain(line, path + ": each item of the list must be a scalar");
        e.values.push_back(item.Scalar());
      }
    if (value.IsMap())
      return complain(line, path + " takes a value, not a section" +
                                (target.name == "schedules.*.payload" ? "; put the JSON in '…'" : ""));
    content_.entries.push_back(std::move(e));
  }

  void unknown(const std::string& path, int line) {
    std::vector<std::string> names;
    for (const option& o : options()) {
      names.push_back(o.name);
      for (auto dot = o.name.find('.'); dot != std::string::npos; dot = o.name.find('.', dot + 1))
        names.push_back(o.name.substr(0, dot));
    }
    suggest(path, nearest(path, names), line);
  }

  void unknown_of(const std::string& path, const std::string& section, const std::string& key, int line) {
    std::vector<std::string> names;
    for (const option& o : options())
      if (o.per() == section) names.push_back(o.name_of(key));
    suggest(path, nearest(path, names), line);
  }

  void suggest(const std::string& path, const std::string& near, int line) {
    const std::string hint = near.empty() ? "; `millrace config docs` lists all options" : "; did you mean '" + near + "'?";
    complain(line, "unknown option " + in_quotes(path) + hint);
  }

  const std::string& source_;
  std::map<std::string, int> lines_;
  yaml_content content_;
};

}  // namespace

yaml_content read_yaml(const std::string& text, const std::string& source) {
  reader out(source);
  // yaml-cpp treats a NUL byte as the end of the text and silently ignores the rest.
  if (text.find('\0') != std::string::npos) {
    out.complain(0, "contains a NUL byte");
    return out.take();
  }
  try {
    const auto documents = YAML::LoadAll(text);
    if (documents.size() > 1) out.complain(0, "contains more than one YAML document");
    if (documents.empty() || documents[0].IsNull()) return out.take();
    if (documents[0].IsMap())
      out.section(documents[0], "");
    else
      out.complain(1, "must be a map of options, for example `amqp:` and its options below");
  } catch (const YAML::Exception& e) {
    out.complain(e.mark.is_null() ? 0 : line_of(e.mark), "invalid YAML: " + e.msg);
  }
  return out.take();
}

}  // namespace millrace::config
