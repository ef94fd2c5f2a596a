#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <type_traits>

namespace millrace::config {

namespace {

struct unit {
  std::string_view suffix;
  std::uint64_t factor;
};

constexpr std::array<unit, 4> durations{{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<unit, 4> sizes{{{"", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}}};

/// Parses a whole number followed by one of the units; nothing for any other text and on overflow.
template <std::size_t Count>
std::optional<std::uint64_t> measure(std::string_view text, const std::array<unit, Count>& units) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  const auto found = std::find_if(units.begin(), units.end(), [&](const unit& u) { return u.suffix == suffix; });
  if (found == units.end()) return std::nullopt;
  std::uint64_t out = 0;
  if (__builtin_mul_overflow(number, found->factor, &out)) return std::nullopt;
  return out;
}

template <std::size_t Count>
std::string in_largest_unit(std::uint64_t value, const std::array<unit, Count>& units) {
  auto best = units.begin();
  for (auto u = units.begin(); u != units.end(); ++u)
    if (value != 0 && value % u->factor == 0) best = u;
  return std::to_string(value / best->factor) + std::string(best->suffix);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

std::optional<std::string> check(const place& p, const limits& allowed, std::uint64_t value) {
  if (value >= allowed.least && value <= allowed.most) return std::nullopt;
  return "out of range, allowed: " + range_text(p, allowed);
}

std::optional<std::string> check_text(const place& p, const limits& allowed, const std::string& text) {
  if (has_control_character(text)) return "contains a control character";
  if (auto wrong = check(p, allowed, text.size())) return text.empty() ? "must not be empty" : wrong;
  if (allowed.choices.empty() || std::ranges::find(allowed.choices, text) != allowed.choices.end()) return std::nullopt;
  return "must be one of: " + range_text(p, allowed);
}

std::optional<std::string> read(milliseconds& out, const place& p, const limits& allowed, const std::string& text) {
  const auto value = measure(text, durations);
  if (!value) {
    if (is_number(text)) return "a duration needs a unit: write " + text + "s or " + text + "ms (units: ms, s, m, h)";
    return "not a duration: write a whole number and ms, s, m or h, for example 250ms or 10s";
  }
  if (auto wrong = check(p, allowed, *value)) return wrong;
  out = milliseconds(static_cast<milliseconds::rep>(*value));
  return std::nullopt;
}

std::optional<std::string> read(std::uint32_t& out, const place& p, const limits& allowed, const std::string& text) {
  std::uint64_t value = 0;
  if (!is_number(text)) return "not a count: write a whole number without a unit";
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const limits fitting{allowed.least, std::min<std::uint64_t>(allowed.most, std::numeric_limits<std::uint32_t>::max())};
  if (error != std::errc{}) return "out of range, allowed: " + range_text(p, fitting);
  if (auto wrong = check(p, fitting, value)) return wrong;
  out = static_cast<std::uint32_t>(value);
  return std::nullopt;
}

std::optional<std::string> read(std::uint64_t& out, const place& p, const limits& allowed, const std::string& text) {
  const auto value = measure(text, sizes);
  if (!value) return "not a size: write bytes, or a whole number and KiB, MiB or GiB, for example 64KiB";
  if (auto wrong = check(p, allowed, *value)) return wrong;
  out = *value;
  return std::nullopt;
}

std::optional<std::string> read(bool& out, const place&, const limits&, const std::string& text) {
  if (text != "true" && text != "false") return "must be true or false";
  out = text == "true";
  return std::nullopt;
}

std::optional<std::string> read(std::string& out, const place& p, const limits& allowed, const std::string& text) {
  if (auto wrong = check_text(p, allowed, text)) return wrong;
  out = text;
  return std::nullopt;
}

std::optional<std::string> read(secret& out, const place& p, const limits& allowed, const std::string& text) {
  if (auto wrong = check_text(p, allowed, text)) return wrong;
  out = secret(text);
  return std::nullopt;
}

template <class Item>
std::optional<std::string> read_list(std::vector<Item>& out, const place& p, const limits& allowed,
                                     const std::vector<std::string>& texts) {
  std::vector<Item> items;
  for (const auto& text : texts) {
    if (text.empty()) return "contains an empty item";
    if (has_control_character(text)) return "contains a control character";
    items.emplace_back(text);
  }
  if (auto wrong = check(p, allowed, items.size())) return wrong;
  out = std::move(items);
  return std::nullopt;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

std::string mask(const secret& s) { return s.empty() ? "" : "********"; }

}  // namespace

bool is_list(const place& p) {
  return std::holds_alternative<std::vector<secret>*>(p) || std::holds_alternative<std::vector<std::string>*>(p);
}
bool is_secret(const place& p) {
  return std::holds_alternative<std::vector<secret>*>(p) || std::holds_alternative<secret*>(p);
}

std::optional<std::string> assign(const place& p, const limits& allowed, const std::vector<std::string>& texts) {
  if (!is_list(p) && texts.size() != 1) return "takes one value, not a list";
  return std::visit(
      [&](auto* at) -> std::optional<std::string> {
        if constexpr (requires { at->emplace_back(std::string{}); })
          return read_list(*at, p, allowed, texts);
        else
          return read(*at, p, allowed, texts.front());
      },
      p);
}

std::string show_duration(milliseconds d) {
  if (d.count() == 0) return "0s";
  return in_largest_unit(static_cast<std::uint64_t>(d.count()), durations);
}
std::string show_size(std::uint64_t bytes) { return in_largest_unit(bytes, sizes); }

std::string show(const place& p) {
  struct printer {
    std::string operator()(const milliseconds* v) const { return show_duration(*v); }
    std::string operator()(const std::uint32_t* v) const { return std::to_string(*v); }
    std::string operator()(const std::uint64_t* v) const { return show_size(*v); }
    std::string operator()(const bool* v) const { return *v ? "true" : "false"; }
    std::string operator()(const std::string* v) const { return *v; }
    std::string operator()(const secret* v) const { return mask(*v); }
    std::string operator()(const std::vector<secret>* v) const { return v->empty() ? "" : mask(v->front()); }
    std::string operator()(const std::vector<std::string>* v) const { return joined(*v); }
  };
  return std::visit(printer{}, p);
}

std::string type_name(const place& p) {
  constexpr std::array names{"duration", "count", "size", "boolean", "text", "secret", "list of secrets", "list of texts"};
  static_assert(names.size() == std::variant_size_v<place>);
  return names[p.index()];
}

std::string range_text(const place& p, const limits& allowed) {
  if (!allowed.choices.empty()) return joined(allowed.choices);
  constexpr auto unbounded = std::numeric_limits<std::uint64_t>::max();
  if (std::holds_alternative<milliseconds*>(p))
    return show_duration(milliseconds(static_cast<milliseconds::rep>(allowed.least))) + " to " +
           show_duration(milliseconds(static_cast<milliseconds::rep>(allowed.most)));
  if (std::holds_alternative<std::uint64_t*>(p)) return show_size(allowed.least) + " to " + show_size(allowed.most);
  if (allowed.most == unbounded) return "";
  const std::string range = std::to_string(allowed.least) + " to " + std::to_string(allowed.most);
  if (is_list(p)) return range + " items";
  return std::holds_alternative<std::uint32_t*>(p) ? range : range + " characters";
}

}  // namespace millrace::config
