#include "config/print.hpp"

#include "config/options.hpp"
#include "config/text/json_escape.hpp"

#include <nlohmann/json.hpp>

namespace millrace::config {

namespace {

using json = nlohmann::ordered_json;

struct line {
  std::vector<std::string> path;
  std::string value;  ///< as `show` formats it
  std::string yaml;   ///< the same with quotes and brackets where YAML needs them
  std::string from;
};

std::string from_text(const loaded& effective, const std::string& name) {
  const auto found = effective.origins.find(name);
  if (found == effective.origins.end()) return "default";
  const origin& o = found->second;
  return o.line > 0 ? o.source + ":" + std::to_string(o.line) : o.source;
}

std::vector<std::string> parts(const option& o, const std::string& key) {
  if (!o.per().empty()) return {o.per(), key, o.name.substr(o.name.rfind('.') + 1)};
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= o.name.size();) {
    const auto end = std::min(o.name.find('.', begin), o.name.size());
    out.push_back(o.name.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

std::string quote(const std::string& value) { return text::json_string(value, text::json_characters::utf8); }

std::string as_yaml(const place& at) {
  if (const auto* list = std::get_if<std::vector<std::string>*>(&at)) return json(**list).dump();
  return is_secret(at) || std::holds_alternative<std::string*>(at) ? quote(show(at)) : show(at);
}

/// All values in table order; of task types and schedules only those that are set.
std::vector<line> lines(const loaded& effective) {
  settings values = effective.values;
  std::vector<line> out;
  const auto add = [&](const option& o, const std::string& key) {
    const place at = o.at(values, key);
    out.push_back({parts(o, key), show(at), as_yaml(at), from_text(effective, o.name_of(key))});
  };
  for (const option& o : options())
    if (o.per().empty()) add(o, "");
  const auto add_all = [&](const std::string& section, const auto& by_key) {
    for (const auto& [key, ignored] : by_key)
      for (const option& o : options())
        if (o.per() == section && effective.origins.contains(o.name_of(key))) add(o, key);
  };
  add_all("types", effective.values.types);
  add_all("schedules", effective.values.schedules);
  return out;
}

std::string as_yaml(const std::vector<line>& all) {
  std::string out;
  std::vector<std::string> open;
  for (const line& l : all) {
    const std::vector<std::string> section(l.path.begin(), l.path.end() - 1);
    std::size_t same = 0;
    while (same < section.size() && same < open.size() && section[same] == open[same]) ++same;
    for (std::size_t i = same; i < section.size(); ++i) out += std::string(2 * i, ' ') + section[i] + ":\n";
    open = section;
    out += std::string(2 * section.size(), ' ') + l.path.back() + ": " + l.yaml;
    out += "  # " + l.from + "\n";
  }
  return out;
}

std::string as_json(const std::vector<line>& all) {
  json out = json::object();
  for (const line& l : all) {
    std::string name;
    for (const auto& part : l.path) name += (name.empty() ? "" : ".") + part;
    out[name] = {{"value", l.value}, {"from", l.from}};
  }
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string print(const loaded& effective, format as) {
  const auto all = lines(effective);
  return as == format::yaml ? as_yaml(all) : as_json(all);
}

}  // namespace millrace::config
