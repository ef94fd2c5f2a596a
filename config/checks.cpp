#include "config/checks.hpp"

#include "config/topic_pattern.hpp"
#include "config/url_parts.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

namespace millrace::config {

namespace {

constexpr auto error = severity::error;
constexpr auto warning = severity::warning;

bool is_shared(const settings& s) { return s.environment == "staging" || s.environment == "production"; }
bool is_production(const settings& s) { return s.environment == "production"; }

void check_amqp_urls(const settings& s, const finding& report) {
  for (std::size_t i = 0; i < s.amqp.urls.size(); ++i) {
    const std::string item = s.amqp.urls.size() == 1 ? "" : "item " + std::to_string(i + 1) + " ";
    const auto url = split_url(s.amqp.urls[i].reveal());
    if (!url || (url->scheme != "amqp" && url->scheme != "amqps")) {
      report(error, "amqp.urls", item + "must be amqp://user:password@host:port/vhost or amqps://…");
      continue;
    }
    if (is_loopback(url->host)) continue;
    const bool guest = !url->has_user || url->user == "guest";
    if (guest && is_shared(s))
      report(error, "amqp.urls", item + "uses the broker's guest account; give Millrace its own user");
    if (guest && !is_shared(s)) report(warning, "amqp.urls", item + "uses guest, which brokers accept from localhost only");
    if (is_production(s) && url->scheme == "amqp")
      report(warning, "amqp.urls", item + "crosses the network in clear text; amqps:// protects password and tasks");
  }
}

/// Applies to client and server certificates.
void check_tls(const auto& tls, const std::string& section, const finding& report) {
  if (tls.certificate_file.empty() == tls.key_file.empty()) return;
  const std::string missing = tls.key_file.empty() ? ".tls.key_file" : ".tls.certificate_file";
  const std::string given = tls.key_file.empty() ? ".tls.certificate_file" : ".tls.key_file";
  report(error, section + given, "needs " + section + missing + " as well");
}

void check_management(const settings& s, const finding& report) {
  const std::string& text = s.amqp.management_url;
  if (text.empty()) return;
  const auto url = split_url(text);
  if (!url || (url->scheme != "http" && url->scheme != "https") || text.find_first_of("?#") != std::string::npos)
    return report(error, "amqp.management_url", "must be http://host:port or https://host:port");
  if (url->has_user) report(error, "amqp.management_url", "must not contain a user; the user of amqp.urls is used");
  if (is_production(s) && url->scheme == "http" && !is_loopback(url->host))
    report(warning, "amqp.management_url", "crosses the network in clear text; https:// protects the broker's password");
}

void check_amqp(const settings& s, const finding& report) {
  check_amqp_urls(s, report);
  check_management(s, report);
  check_tls(s.amqp.tls, "amqp", report);
  if (s.amqp.reconnect_min > s.amqp.reconnect_max)
    report(error, "amqp.reconnect_min",
           "must not be above amqp.reconnect_max (" + show_duration(s.amqp.reconnect_max) + ")");
  if (s.amqp.max_body_bytes > s.amqp.byte_budget)
    report(error, "amqp.max_body_bytes", "must not be above amqp.byte_budget (" + show_size(s.amqp.byte_budget) + ")");
}

void check_postgres(const settings& s, const finding& report) {
  const auto looks_right = [](const std::string& url) {
    return url.starts_with("postgresql://") || url.starts_with("postgres://") || url.find('=') != std::string::npos;
  };
  const char* form = "must be postgresql://user:password@host/database or a libpq string of key=value";
  if (!looks_right(s.postgres.url.reveal())) report(error, "postgres.url", form);
  if (!s.report.url.empty() && !looks_right(s.report.url.reveal())) report(error, "report.url", form);
  if (s.postgres.lock_timeout > s.postgres.statement_timeout)
    report(error, "postgres.lock_timeout",
           "must not be above postgres.statement_timeout (" + show_duration(s.postgres.statement_timeout) + ")");
}

void check_smtp(const settings& s, const finding& report) {
  check_tls(s.smtp.tls, "smtp", report);
  const auto url = split_url(s.smtp.url);
  if (!url || (url->scheme != "smtp" && url->scheme != "smtps"))
    return report(error, "smtp.url", "must be smtp://host:port or smtps://host:port");
  if (url->has_user) report(error, "smtp.url", "must not contain a user; use smtp.username and smtp.password");
  if (s.smtp.password.empty() && !s.smtp.username.empty()) report(error, "smtp.username", "needs smtp.password as well");
  if (s.smtp.username.empty() && !s.smtp.password.empty()) report(error, "smtp.password", "needs smtp.username as well");
  const bool clear = url->scheme == "smtp" && !s.smtp.starttls && !is_loopback(url->host);
  if (clear && is_shared(s))
    report(s.smtp.username.empty() ? warning : error, "smtp.starttls",
           "false sends mail and password to " + url->host + " in clear text");
}

bool is_signing_secret(const std::string& text) {
  constexpr std::string_view prefix = "whsec_";
  if (!text.starts_with(prefix)) return false;
  std::string_view body(text);
  body.remove_prefix(prefix.size());
  while (body.ends_with('=')) body.remove_suffix(1);
  const auto base64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  const std::size_t bytes = body.size() * 3 / 4;
  return bytes >= 24 && bytes <= 64 && std::ranges::all_of(body, base64);
}

void check_webhook(const settings& s, const finding& report) {
  check_tls(s.webhook.tls, "webhook", report);
  const webhook_settings& w = s.webhook;
  const char* form = "must be whsec_ and the base64 of 24 to 64 bytes";
  if (!w.signing_secret.empty() && !is_signing_secret(w.signing_secret.reveal()))
    report(error, "webhook.signing_secret", form);
  if (!w.previous_signing_secret.empty() && !is_signing_secret(w.previous_signing_secret.reveal()))
    report(error, "webhook.previous_signing_secret", form);
  if (w.signing_secret.empty() && !w.previous_signing_secret.empty())
    report(error, "webhook.previous_signing_secret", "needs webhook.signing_secret as well");
  if (w.connect_timeout > w.timeout)
    report(error, "webhook.connect_timeout", "must not be above webhook.timeout (" + show_duration(w.timeout) + ")");
  if (!is_production(s)) return;
  if (w.allow_private_addresses) report(error, "webhook.allow_private_addresses", "must be false in production");
  if (w.allow_http) report(error, "webhook.allow_http", "must be false in production");
  if (w.signing_secret.empty())
    report(warning, "webhook.signing_secret", "is empty: receivers cannot verify the sender of a webhook");
}

/// `bound` maps the patterns seen so far to their queues. Patterns of two queues must not overlap: each queue would receive
/// a copy of the task.
void check_bindings(const queue_settings& queue, const std::string& option, std::map<std::string, std::string>& bound,
                    const finding& report) {
  for (const auto& key : queue.bindings) {
    if (!is_topic_pattern(key)) {
      report(error, option,
             in_quotes(key) +
                 " is not a routing key: write words of A-Z, a-z, 0-9, '_' and '-', or * or #, separated by "
                 "dots, up to 255 bytes");
      continue;
    }
    if (topic_patterns_overlap(key, "urgent.#"))
      report(error, option, in_quotes(key) + " overlaps 'urgent.#', which is reserved for the high lane of queue priority");
    for (const auto& [other, name] : bound)
      if (key != other && name != queue.name && topic_patterns_overlap(key, other))
        report(error, option,
               in_quotes(key) + " overlaps " + in_quotes(other) + " of queue " + in_quotes(name) +
                   ": a task that matches both would be delivered to both queues");
    const auto [first, fresh] = bound.emplace(key, queue.name);
    if (!fresh) report(error, option, in_quotes(key) + " is already bound to queue " + in_quotes(first->second));
  }
}

void check_queues(const settings& s, const finding& report) {
  const std::array roles{"email",         "webhook",         "data-processing", "priority",
                         "priority-high", "priority-ledger", "dead-letter"};
  const auto all = s.queues.all();
  std::set<std::string> names;
  std::map<std::string, std::string> bound;  // routing key -> queue
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string section = std::string("queues.") + roles[i];
    if (!names.insert(all[i]->name).second)
      report(error, section + ".name", "is the name of another queue; give each queue its own name");
    check_bindings(*all[i], section + ".bindings", bound, report);
    if (all[i]->name.starts_with("amq."))
      report(error, section + ".name", "must not start with amq., which brokers reserve");
    if (all[i]->concurrency > all[i]->prefetch)
      report(warning, section + ".concurrency",
             "is above prefetch (" + std::to_string(all[i]->prefetch) + ") and never reached");
  }
}

void check_types(const settings& s, const finding& report) {
  for (const auto& [type, t] : s.types)
    if (t.backoff_max.count() > 0 && t.backoff_min > t.backoff_max)
      report(error, "types." + type + ".backoff_min",
             "must not be above backoff_max (" + show_duration(t.backoff_max) + ")");
}

void check_schedules(const settings& s, const finding& report) {
  for (const auto& [name, schedule] : s.schedules) {
    if (schedule.cron.empty()) report(error, "schedules." + name + ".cron", "is missing: set when the schedule runs");
    if (schedule.type.empty())
      report(error, "schedules." + name + ".type", "is missing: set the type of the task to publish");
  }
}

bool is_listen_address(const std::string& bind) {
  const auto colon = bind.rfind(':');
  unsigned port = 65'536;
  if (colon != std::string::npos && colon > 0) {
    const char* end = bind.data() + bind.size();
    const auto [rest, failed] = std::from_chars(bind.data() + colon + 1, end, port);
    if (failed != std::errc{} || rest != end) port = 65'536;
  }
  return port <= 65'535;
}

void check_monitoring(const settings& s, const finding& report) {
  if (!is_listen_address(s.monitoring.bind))
    report(error, "monitoring.bind", "must be host:port, for example 127.0.0.1:9464");
}

void check_api(const settings& s, const finding& report) {
  const api_settings& api = s.api;
  const oidc_settings& oidc = api.oidc;
  check_tls(api.tls, "api", report);
  const bool any = !oidc.issuer.empty() || !oidc.audience.empty() || !oidc.keys.empty();
  if (any && (oidc.issuer.empty() || oidc.audience.empty() || oidc.keys.empty()))
    report(error, "api.oidc.issuer", "api.oidc.audience and api.oidc.keys must be set together");
  if (oidc.keys.starts_with("http://")) report(error, "api.oidc.keys", "must be an https URL or a file");
  if (api.bind.empty()) return;
  if (!is_listen_address(api.bind)) return report(error, "api.bind", "must be host:port, for example 127.0.0.1:9465");
  const auto place = split_url("tcp://" + api.bind);
  if (api.tls.certificate_file.empty() && !(place && is_loopback(place->host)))
    report(error, "api.bind",
           "is not a loopback address, so tokens would cross the network in clear text; set api.tls.certificate_file");
}

void check_tracing(const settings& s, const finding& report) {
  const std::string& endpoint = s.tracing.endpoint;
  if (endpoint.empty()) return;
  const auto url = split_url(endpoint);
  if (!url || (url->scheme != "http" && url->scheme != "https") || endpoint.find_first_of("?#") != std::string::npos)
    return report(error, "tracing.endpoint",
                  "must be http://host:port or https://host:port, for example http://127.0.0.1:4318");
  if (url->has_user) report(error, "tracing.endpoint", "must not contain a user; spans are sent without authentication");
  if (is_production(s) && url->scheme == "http" && !is_loopback(url->host))
    report(warning, "tracing.endpoint", "crosses the network in clear text; https:// protects ids and errors of tasks");
}

}  // namespace

void check(const settings& s, const finding& report) {
  check_amqp(s, report);
  check_postgres(s, report);
  check_smtp(s, report);
  check_webhook(s, report);
  check_queues(s, report);
  check_types(s, report);
  check_schedules(s, report);
  check_monitoring(s, report);
  check_api(s, report);
  check_tracing(s, report);
}

}  // namespace millrace::config
