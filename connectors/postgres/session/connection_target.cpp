#include "connectors/postgres/session/connection_target.hpp"

#include "connectors/postgres/session/text_sanitizer.hpp"

#include <algorithm>
#include <libpq-fe.h>
#include <map>
#include <memory>

namespace millrace::postgres {

namespace {

constexpr std::size_t max_message_bytes = 2'048;

std::map<std::string, std::string> defaults_of(const session_options& options) {
  // libpq has whole seconds and treats 1 as 2.
  const auto seconds = std::max<long long>(2, (options.connect_timeout.count() + 999) / 1'000);
  // Detects a dead peer within about half a minute, while waiting for an answer (keepalives) or for the acknowledgement of
  // sent data (tcp_user_timeout). The kernel's defaults are two hours and fifteen minutes.
  return {{"connect_timeout", std::to_string(seconds)},
          {"application_name", options.application_name},
          {"client_encoding", "UTF8"},
          {"keepalives", "1"},
          {"keepalives_idle", "10"},
          {"keepalives_interval", "5"},
          {"keepalives_count", "3"},
          {"tcp_user_timeout", "30000"}};
}

std::string conninfo_quoted(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string place(const std::map<std::string, std::string>& given) {
  const auto value = [&](const char* key, const char* otherwise) {
    const auto found = given.find(key);
    return found == given.end() || found->second.empty() ? std::string(otherwise) : found->second;
  };
  const auto user = value("user", "(of the operating system)");
  return value("host", value("hostaddr", "local socket").c_str()) + ":" + value("port", "5432") + ", database " +
         value("dbname", user.c_str()) + ", user " + user;
}

/// libpq separates several hosts by commas.
std::size_t count_hosts(const std::map<std::string, std::string>& given) {
  auto found = given.find("host");
  if (found == given.end()) found = given.find("hostaddr");
  return found == given.end() ? 1 : 1 + static_cast<std::size_t>(std::ranges::count(found->second, ','));
}

}  // namespace

std::string connection_target::redacted(std::string_view text) const {
  std::string clean = storable_text(text);
  for (std::size_t at = 0; !password.empty() && (at = clean.find(password, at)) != std::string::npos; at += 3)
    clean.replace(at, password.size(), "***");
  while (!clean.empty() && (clean.back() == '\n' || clean.back() == ' ')) clean.pop_back();
  return std::string(shortened(clean, max_message_bytes));
}

tl::expected<connection_target, failure> read_target(const session_options& options) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(options.url.reveal().c_str(), nullptr), &PQconninfoFree);
  if (!parsed) return tl::unexpected(failure{failure_class::stop, {}, "the database URL is no PostgreSQL connection URI"});

  auto settings = defaults_of(options);
  for (const auto* option = parsed.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr) settings[option->keyword] = option->val;

  connection_target target;
  target.where = place(settings);
  target.hosts = count_hosts(settings);
  if (const auto found = settings.find("password"); found != settings.end()) target.password = found->second;
  for (const auto& [key, value] : settings) target.conninfo += key + "=" + conninfo_quoted(value) + " ";
  return target;
}

}  // namespace millrace::postgres
