#include "connectors/amqp/field_table.hpp"

#include <nlohmann/json.hpp>

#include <ctime>

namespace millrace::amqp {
namespace {

using json = nlohmann::json;

json table_json(const field_table& table);

struct to_json_value {
  json operator()(std::monostate) const { return nullptr; }
  json operator()(bool v) const { return v; }
  json operator()(std::int64_t v) const { return v; }
  json operator()(double v) const { return v; }
  json operator()(const std::string& v) const { return v; }
  json operator()(const byte_array& v) const { return v.bytes; }
  json operator()(const field_table& v) const { return table_json(v); }
  /// As text, because most readers take a JSON number for a double and would round it.
  json operator()(const decimal& v) const {
    auto digits = std::to_string(v.value < 0 ? -static_cast<std::int64_t>(v.value) : v.value);
    if (v.scale > 0) {
      if (digits.size() <= v.scale) digits.insert(0, v.scale + 1U - digits.size(), '0');
      digits.insert(digits.size() - v.scale, 1, '.');
    }
    return v.value < 0 ? "-" + digits : digits;
  }
  json operator()(const timestamp& v) const {
    constexpr std::uint64_t year_10000 = 253'402'300'800;
    if (v.seconds >= year_10000) return v.seconds;
    auto seconds = static_cast<std::time_t>(v.seconds);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
  }
  json operator()(const field_array& v) const {
    json made = json::array();
    for (auto& item : v) made.push_back(std::visit(*this, item.value));
    return made;
  }
};

json table_json(const field_table& table) {
  json made = json::object();
  for (auto& [name, item] : table) made[name] = std::visit(to_json_value{}, item.value);
  return made;
}

}  // namespace

const field_value* find(const field_table& table, const char* name) noexcept {
  for (auto it = table.rbegin(); it != table.rend(); ++it)
    if (it->name == name) return &it->value;
  return nullptr;
}

std::string to_json(const field_table& table) {
  return table_json(table).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace millrace::amqp
