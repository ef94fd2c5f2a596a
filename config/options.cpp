#include "config/options.hpp"

#include <algorithm>
#include <cctype>

namespace millrace::config {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t KiB = 1ULL << 10, MiB = 1ULL << 20, GiB = 1ULL << 30;

limits between(milliseconds least, milliseconds most) {
  return {static_cast<std::uint64_t>(least.count()), static_cast<std::uint64_t>(most.count())};
}
limits between(std::uint64_t least, std::uint64_t most) { return {least, most}; }
limits one_of(std::vector<std::string> choices) { return {.choices = std::move(choices)}; }
limits anything() { return {}; }
limits not_empty(std::uint64_t longest) { return {1, longest}; }
limits up_to(std::uint64_t longest) { return {0, longest}; }

template <class Member>
auto in_queue(queue_settings queues_settings::*queue, Member queue_settings::*member) {
  return [=](settings& s, const std::string&) -> place { return &(s.queues.*queue.*member); };
}
template <class Member>
auto in_type(Member task_type_settings::*member) {
  return [=](settings& s, const std::string& type) -> place { return &(s.types[type].*member); };
}

template <class Member>
auto in_schedule(Member schedule_settings::*member) {
  return [=](settings& s, const std::string& name) -> place { return &(s.schedules[name].*member); };
}

void add_queue(std::vector<option>& table, queue_settings queues_settings::*queue, const std::string& role) {
  const std::string prefix = "queues." + role + ".";
  using q = queue_settings;
  const bool ordered = queue == &queues_settings::priority_ledger;
  const bool bound_by_key = queue != &queues_settings::dead_letter && queue != &queues_settings::priority_high;
  table.push_back({prefix + "name", in_queue(queue, &q::name), not_empty(255), "The queue's name at the broker."});
  if (bound_by_key)
    table.push_back({prefix + "bindings", in_queue(queue, &q::bindings), between(0, 64),
                     "Routing keys bound to the queue: task types, or topic patterns with `*` for one word and `#` for any "
                     "number of words. A key removed here stays bound at the broker until it is unbound there."});
  if (!ordered)
    table.push_back({prefix + "prefetch", in_queue(queue, &q::prefetch), between(1, 65'535),
                     "Maximum deliveries in flight: the consumer's credit and the bound of its memory."});
  table.push_back({prefix + "concurrency", in_queue(queue, &q::concurrency), between(1, 10'000),
                   "Concurrent effects (mails, requests, reports) of this queue."});
}

// The macros abbreviate the pointer to the member.
#define AT(member) [](settings& s, const std::string&) -> place { return &s.member; }
#define TLS(section)                                                                                                      \
  {#section ".tls.ca_file", AT(section.tls.ca_file), up_to(4'096),                                                        \
   "PEM file of trusted authorities; empty: those of the system."},                                                       \
      {#section ".tls.certificate_file", AT(section.tls.certificate_file), up_to(4'096),                                  \
       "PEM file of the client's certificate chain; empty: none."},                                                       \
  {                                                                                                                       \
#section ".tls.key_file", AT(section.tls.key_file), up_to(4'096), "PEM file of the client certificate's private key." \
  }

std::vector<option> general() {
  return {
      {"environment", AT(environment), one_of({"development", "testing", "staging", "production"}),
       "Environment of the node; staging and production reject unsafe settings."},
      {"node", AT(node), up_to(128), "Name of the process in logs and claims; empty: host name and process id."},
      {"shutdown_grace", AT(shutdown_grace), between(0s, 1h),
       "Time for running tasks to finish after SIGTERM; unfinished ones are redelivered."},
      {"scheduler_threads", AT(scheduler_threads), between(1, 256), "Threads that run actors."},
      {"state_dir", AT(state_dir), not_empty(4'096),
       "Local folder for crash records, created if missing; it must survive a restart of the process. Nodes may share it."},
  };
}

std::vector<option> connections() {
  return {
      {"amqp.urls", AT(amqp.urls), between(1, 16),
       "`amqp[s]://user:password@host:port/vhost` for each host of the cluster, separated by commas or as a list."},
      {"amqp.heartbeat", AT(amqp.heartbeat), between(1s, 10min),
       "Heartbeat offered to the broker; a connection is closed after two intervals without received data. A suspended node "
       "holds an ordered queue until the broker closes its connection, after two to three intervals."},
      {"amqp.connect_timeout", AT(amqp.connect_timeout), between(100ms, 5min),
       "Timeout for connecting, TLS and the AMQP handshake with one host."},
      {"amqp.reconnect_min", AT(amqp.reconnect_min), between(1ms, 1h),
       "Initial upper bound of the random wait before reconnecting."},
      {"amqp.reconnect_max", AT(amqp.reconnect_max), between(1ms, 1h), "Maximum to which this bound doubles."},
      {"amqp.frame_max", AT(amqp.frame_max), between(4'096, 16 * MiB),
       "Largest AMQP frame offered to the broker, in bytes."},
      {"amqp.consumer_timeout", AT(amqp.consumer_timeout), between(1s, 24h),
       "At most the broker's setting of the same name. A task that has waited on the node for a third of it returns to the "
       "end of its queue. A type whose timeout exceeds a sixth of it is protected by a lease instead of its delivery."},
      {"amqp.max_body_bytes", AT(amqp.max_body_bytes), between(1 * KiB, 512 * MiB),
       "Maximum body size of a task; larger ones are parked unread."},
      {"amqp.byte_budget", AT(amqp.byte_budget), between(1 * MiB, 64 * GiB),
       "Maximum size of unsettled bodies in memory; reading pauses above it."},
      {"amqp.confirm_window", AT(amqp.confirm_window), between(1, 100'000),
       "Maximum number of unconfirmed publishes, up to 200 of them to one queue."},
      {"amqp.management_url", AT(amqp.management_url), up_to(2'048),
       "`http://host:port` or `https://host:port` of the broker's management API, which provides queue depths for `queue "
       "list` and the operator API. Used with the user of `amqp.urls`, who needs the tag `monitoring`; empty: not used."},
      TLS(amqp),
      {"postgres.url", AT(postgres.url), not_empty(8'192), "libpq connection string or URL of the database."},
      {"postgres.connections", AT(postgres.connections), between(1, 1'000), "Connections for tasks; each uses one thread."},
      {"postgres.connect_timeout", AT(postgres.connect_timeout), between(100ms, 5min), "Timeout for connecting."},
      {"postgres.statement_timeout", AT(postgres.statement_timeout), between(10ms, 1h),
       "Timeout for one statement of a task."},
      {"postgres.lock_timeout", AT(postgres.lock_timeout), between(1ms, 1h),
       "Time that a statement waits for a lock before its batch is retried."},
  };
}

std::vector<option> outside() {
  return {
      {"smtp.url", AT(smtp.url), not_empty(2'048), "`smtp://host:port` or `smtps://host:port` of the mail relay."},
      {"smtp.username", AT(smtp.username), up_to(256), "User at the relay; empty: no authentication."},
      {"smtp.password", AT(smtp.password), up_to(4'096), "Password of that user."},
      {"smtp.from", AT(smtp.from), not_empty(320), "Sender of mails that name none."},
      {"smtp.starttls", AT(smtp.starttls), anything(), "Require STARTTLS on `smtp://`; false sends in clear text."},
      {"smtp.connections", AT(smtp.connections), between(1, 1'000), "Connections to the relay at most."},
      {"smtp.timeout", AT(smtp.timeout), between(1s, 30min), "Time for one mail, connecting included."},
      {"smtp.max_message_bytes", AT(smtp.max_message_bytes), between(1 * KiB, 256 * MiB),
       "Maximum size of a mail with encoded attachments; larger ones are dead-lettered."},
      TLS(smtp),
      {"webhook.signing_secret", AT(webhook.signing_secret), up_to(256),
       "`whsec_` and the base64 of 24 to 64 bytes; empty: requests are not signed."},
      {"webhook.previous_signing_secret", AT(webhook.previous_signing_secret), up_to(256),
       "Previous secret during a rotation: while set, requests carry both signatures."},
      {"webhook.allow_private_addresses", AT(webhook.allow_private_addresses), anything(),
       "Allow requests to loopback, private and link-local addresses. Never in production."},
      {"webhook.allow_http", AT(webhook.allow_http), anything(),
       "Accept `http://` besides `https://`. Never in production."},
      {"webhook.connections", AT(webhook.connections), between(1, 10'000), "Maximum concurrent requests."},
      {"webhook.connect_timeout", AT(webhook.connect_timeout), between(100ms, 5min), "Timeout for connecting and TLS."},
      {"webhook.timeout", AT(webhook.timeout), between(100ms, 10min), "Timeout for one request, including connecting."},
      {"webhook.max_response_bytes", AT(webhook.max_response_bytes), between(1 * KiB, 16 * MiB),
       "Maximum response bytes read; the rest is discarded."},
      TLS(webhook),
      {"breaker.failures", AT(breaker.failures), between(0, 1'000'000),
       "Consecutive failures after which the circuit breaker of a webhook host or mail relay opens; 0: never. Tasks for it "
       "wait without using up attempts."},
      {"breaker.open_for", AT(breaker.open_for), between(100ms, 1h),
       "Time that a circuit breaker stays open; then one call at a time is allowed."},
      {"report.catalogue_dir", AT(report.catalogue_dir), not_empty(4'096), "Folder of the available reports."},
      {"report.output_dir", AT(report.output_dir), not_empty(4'096), "Output folder of the CSV files."},
      {"report.url", AT(report.url), up_to(8'192),
       "Database connection for reports, of a read-only role; empty: `postgres.url`."},
      {"report.connections", AT(report.connections), between(1, 100), "Connections for reports; each uses one thread."},
      {"report.statement_timeout", AT(report.statement_timeout), between(100ms, 24h), "Timeout for one report."},
      {"monitoring.bind", AT(monitoring.bind), not_empty(256),
       "`host:port` of metrics and health; port 0: any free port. It has no authentication: never use a public address."},
      {"monitoring.log_level", AT(monitoring.log_level), one_of({"debug", "info", "warn", "error"}),
       "Minimum level of logged messages."},
      {"api.bind", AT(api.bind), up_to(256),
       "`host:port` of the operator API; port 0: any free port; empty: no API. Addresses other than loopback require "
       "`api.tls`."},
      {"api.tls.certificate_file", AT(api.tls.certificate_file), up_to(4'096),
       "PEM file of the API's certificate chain, its own certificate first. If set, the API requires TLS 1.2 or later. Read "
       "at start."},
      {"api.tls.key_file", AT(api.tls.key_file), up_to(4'096), "PEM file of the private key for that certificate."},
      {"api.connections", AT(api.connections), between(1, 32),
       "Database connections of the API, in addition to those for tasks."},
      {"api.rate_limit", AT(api.rate_limit), between(1, 10'000),
       "Requests per second and caller; further ones are rejected with 429."},
      {"api.max_body_bytes", AT(api.max_body_bytes), between(1 * KiB, 16 * MiB), "Maximum body size of a request."},
      {"api.idempotency_retention", AT(api.idempotency_retention), between(1min, 30 * 24h),
       "How long an Idempotency-Key identifies its task; later it may be reused."},
      {"api.oidc.issuer", AT(api.oidc.issuer), up_to(1'024),
       "`iss` of the identity provider whose tokens are accepted besides the API's own; empty: none."},
      {"api.oidc.audience", AT(api.oidc.audience), up_to(1'024), "Required `aud` of these tokens."},
      {"api.oidc.keys", AT(api.oidc.keys), up_to(4'096),
       "JWK Set of the provider: an https URL, reloaded every 10 minutes, or a file."},
      {"api.oidc.ca_file", AT(api.oidc.ca_file), up_to(4'096),
       "PEM file of trusted authorities for that URL; empty: those of the system."},
      {"api.oidc.role_claim", AT(api.oidc.role_claim), not_empty(256),
       "Claim with the role: viewer, operator, auditor or admin."},
      {"api.oidc.tenant_claim", AT(api.oidc.tenant_claim), not_empty(256),
       "Claim with the tenant of the token; without it, all tenants."},
      {"tracing.endpoint", AT(tracing.endpoint), up_to(2'048),
       "`http://host:port` or `https://host:port` of the OTLP collector; empty: no tracing."},
      {"tracing.sample_percent", AT(tracing.sample_percent), between(0, 100),
       "Percentage of tasks without `traceparent` that are traced, chosen by id. Tasks with one follow its flag `sampled`."},
      {"tracing.service_name", AT(tracing.service_name), not_empty(128), "`service.name` of the spans."},
  };
}

std::vector<option> task_types() {
  using type = task_type_settings;
  return {
      {"types.*.timeout", in_type(&type::timeout), between(1ms, 24h), "Timeout for one attempt."},
      {"types.*.max_attempts", in_type(&type::max_attempts), between(1, 1'000),
       "Attempts before the task is dead-lettered."},
      {"types.*.backoff_min", in_type(&type::backoff_min), between(1ms, 24h), "Wait before the second attempt."},
      {"types.*.backoff_max", in_type(&type::backoff_max), between(1ms, 24h * 30), "Maximum wait between two attempts."},
      {"types.*.concurrency", in_type(&type::concurrency), between(1, 10'000), "Concurrent tasks of the type."},
      {"types.*.redact",
       in_type(&type::redact),
       {},
       "Omit the errors of outcomes from the log, as they may quote confidential data."},
  };
}

std::vector<option> schedules() {
  using schedule = schedule_settings;
  return {
      {"schedules.*.cron", in_schedule(&schedule::cron), not_empty(256),
       "`minute hour day-of-month month day-of-week`, with six fields the second first, or `@daily` etc."},
      {"schedules.*.timezone", in_schedule(&schedule::timezone), not_empty(64), "IANA time zone of the cron line."},
      {"schedules.*.type", in_schedule(&schedule::type), not_empty(255), "Type of the published task."},
      {"schedules.*.payload", in_schedule(&schedule::payload), not_empty(65'536), "Payload of the task: JSON in quotes."},
      {"schedules.*.tenant", in_schedule(&schedule::tenant), not_empty(64), "Tenant of the task."},
      {"schedules.*.queue", in_schedule(&schedule::queue), up_to(255), "Queue to publish to; empty: routed by type."},
      {"schedules.*.catch_up", in_schedule(&schedule::catch_up), one_of({"skip", "last", "all"}),
       "Handling of missed runs: `skip` them, run the `last` one, or `all` (the latest 1,000)."},
  };
}

#undef TLS
#undef AT

std::vector<option> make_table() {
  std::vector<option> table = general();
  std::ranges::move(connections(), std::back_inserter(table));
  add_queue(table, &queues_settings::email, "email");
  add_queue(table, &queues_settings::webhook, "webhook");
  add_queue(table, &queues_settings::data_processing, "data-processing");
  add_queue(table, &queues_settings::priority, "priority");
  add_queue(table, &queues_settings::priority_high, "priority-high");
  add_queue(table, &queues_settings::priority_ledger, "priority-ledger");
  add_queue(table, &queues_settings::dead_letter, "dead-letter");
  std::ranges::move(outside(), std::back_inserter(table));
  std::ranges::move(task_types(), std::back_inserter(table));
  std::ranges::move(schedules(), std::back_inserter(table));
  return table;
}

}  // namespace

std::string option::per() const {
  const auto star = name.find(".*.");
  return star == std::string::npos ? "" : name.substr(0, star);
}

std::string option::name_of(const std::string& key) const {
  std::string out = name;
  if (!per().empty()) out.replace(out.find('*'), 1, key);
  return out;
}

std::vector<std::string> option::variables() const {
  if (!per().empty()) return {};
  std::string variable = "MILLRACE_";
  for (char c : name)
    variable += c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (name == "amqp.urls") return {variable, "MILLRACE_AMQP_URL"};
  if (name == "postgres.url") return {variable, "MILLRACE_DATABASE_URL"};
  return {variable};
}

const std::vector<option>& options() {
  static const std::vector<option> table = make_table();
  return table;
}

const option* find_option(const std::string& name) {
  const auto found = std::ranges::find(options(), name, &option::name);
  return found == options().end() ? nullptr : &*found;
}

bool is_section(const std::string& name) {
  return std::ranges::any_of(options(), [&](const option& o) { return o.name.starts_with(name + "."); });
}

}  // namespace millrace::config
