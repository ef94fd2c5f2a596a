#include "runtime/program/api/route.hpp"

#include "config/text/encoding.hpp"
#include "runtime/program/api/resources.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace millrace::api {
namespace {

using segments = std::vector<std::string>;

std::optional<segments> split(std::string_view path) {
  segments all;
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  for (;;) {
    auto end = path.find('/');
    auto decoded = text::percent_decoded(path.substr(0, end));
    if (!decoded || decoded->empty() || *decoded == "." || *decoded == "..") return std::nullopt;
    all.push_back(std::move(*decoded));
    if (end == path.npos) return all;
    path.remove_prefix(end + 1);
  }
}

bool is_capture(const std::string& pattern) { return pattern.starts_with('{'); }

std::optional<std::map<std::string, std::string>> capture(std::string_view pattern, const segments& path) {
  auto expected = *split(pattern);
  if (expected.size() != path.size()) return std::nullopt;
  std::map<std::string, std::string> captured;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_capture(expected[i]))
      captured.emplace(expected[i].substr(1, expected[i].size() - 2), path[i]);
    else if (expected[i] != path[i])
      return std::nullopt;
  }
  return captured;
}

}  // namespace

std::string call::tenant() const { return who.tenant.empty() ? args.text("tenant") : who.tenant; }

const std::vector<route>& routes() {
  static const auto all = [] {
    std::vector<route> list;
    for (auto* routes_of_resource : resources) std::ranges::move(routes_of_resource(), std::back_inserter(list));
    return list;
  }();
  return all;
}

match find_route(const std::vector<route>& all, std::string_view method, std::string_view path) {
  match m;
  auto requested = split(path);
  if (!requested) return m;
  for (auto& r : all) {
    auto captured = capture(r.path, *requested);
    if (!captured) continue;
    if (r.method == method) {
      // A literal segment takes precedence over a parameter: /dead-letters/replay does not match /dead-letters/{id}.
      if (!m.found || captured->size() < m.captured.size()) m = {&r, std::move(*captured), {}};
    } else if (m.allow.find(r.method) == std::string::npos) {
      m.allow += (m.allow.empty() ? "" : ", ") + std::string{r.method};
    }
  }
  return m;
}

}  // namespace millrace::api
