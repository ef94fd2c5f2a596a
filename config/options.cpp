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

void add_queue(std::vector<option>& table, queue_settings queues_settings::*queue, const std::string& role, bool quorum) {
  const std::string prefix = "queues." + role + ".";
  using q = queue_settings;
  table.push_back({prefix + "name", in_queue(queue, &q::name), not_empty(255), "The queue's name at the broker."});
  table.push_back({prefix + "prefetch", in_queue(queue, &q::prefetch), between(1, 65'535),
                   "Deliveries in flight at most: the credit of the consumer and the bound of its memory."});
  if (quorum)
    table.push_back({prefix + "delivery_limit", in_queue(queue, &q::delivery_limit), between(1, 1'000),
                     "Deliveries after which the broker dead-letters a message that crashes its consumers."});
  table.push_back({prefix + "concurrency", in_queue(queue, &q::concurrency), between(1, 10'000),
                   "Effects (mails, requests, reports) of this queue that run at once."});
}

// One expression per option; the macros only shorten the way to the member.
#define AT(member) [](settings& s, const std::string&) -> place { return &s.member; }
#define TLS(section)                                                                                                      \
  {#section ".tls.ca_file", AT(section.tls.ca_file), up_to(4'096),                                                        \
   "PEM file of the authorities to trust; empty: those of the system."},                                                  \
      {#section ".tls.certificate_file", AT(section.tls.certificate_file), up_to(4'096),                                  \
       "PEM file of the client's certificate chain; empty: none."},                                                       \
  {                                                                                                                       \
#section ".tls.key_file", AT(section.tls.key_file), up_to(4'096), "PEM file of the client certificate's private key." \
  }

std::vector<option> general() {
  return {
      {"environment", AT(environment), one_of({"development", "testing", "staging", "production"}),
       "What this node is for; staging and production refuse settings that are unsafe there."},
      {"node", AT(node), up_to(128), "Name of this process in logs and claims; empty: host name and process id."},
      {"shutdown_grace", AT(shutdown_grace), between(0s, 1h),
       "Time that running tasks get to finish after SIGTERM; what remains is redelivered."},
      {"scheduler_threads", AT(scheduler_threads), between(1, 256), "Threads that run actors."},
      {"state_dir", AT(state_dir), not_empty(4'096),
       "Local folder for crash records, made if missing; it must survive a restart of the process. Nodes may share it."},
  };
}

std::vector<option> connections() {
  return {
      {"amqp.urls", AT(amqp.urls), between(1, 16),
       "`amqp[s]://user:password@host:port/vhost`, one for each host of the cluster, separated by commas or as a list."},
      {"amqp.heartbeat", AT(amqp.heartbeat), between(1s, 10min),
       "Heartbeat offered to the broker; a connection is given up after two of them without a byte."},
      {"amqp.connect_timeout", AT(amqp.connect_timeout), between(100ms, 5min),
       "Time for connecting, TLS and the AMQP handshake with one host."},
      {"amqp.reconnect_min", AT(amqp.reconnect_min), between(1ms, 1h),
       "First bound of the random wait before reconnecting."},
      {"amqp.reconnect_max", AT(amqp.reconnect_max), between(1ms, 1h), "Bound up to which that wait doubles."},
      {"amqp.frame_max", AT(amqp.frame_max), between(4'096, 16 * MiB),
       "Largest AMQP frame offered to the broker, in bytes."},
      {"amqp.consumer_timeout", AT(amqp.consumer_timeout), between(1s, 24h),
       "The broker's own setting of that name, or less: a task that waits for its turn here for a third of it goes back to "
       "the end of its queue, and a type whose time-out is above a sixth of it is held by a lease instead of its delivery."},
      {"amqp.max_body_bytes", AT(amqp.max_body_bytes), between(1 * KiB, 512 * MiB),
       "Largest body of a task; a larger one is parked without being read."},
      {"amqp.byte_budget", AT(amqp.byte_budget), between(1 * MiB, 64 * GiB),
       "Unsettled bodies held in memory at most; reading pauses above it."},
      {"amqp.confirm_window", AT(amqp.confirm_window), between(1, 100'000),
       "Publishes that may wait for their confirm at once."},
      {"amqp.management_url", AT(amqp.management_url), up_to(2'048),
       "`http://host:port` or `https://host:port` of the broker's management plugin, for what `queue list` and the API tell "
       "of "
       "queues; asked as the user of `amqp.urls`, who needs the tag `management`; empty: not asked."},
      TLS(amqp),
      {"postgres.url", AT(postgres.url), not_empty(8'192), "libpq connection string or URL of the database."},
      {"postgres.connections", AT(postgres.connections), between(1, 1'000), "Connections for tasks, one thread each."},
      {"postgres.connect_timeout", AT(postgres.connect_timeout), between(100ms, 5min), "Time for connecting."},
      {"postgres.statement_timeout", AT(postgres.statement_timeout), between(10ms, 1h), "Time for one statement of a task."},
      {"postgres.lock_timeout", AT(postgres.lock_timeout), between(1ms, 1h),
       "Time a statement waits for a lock before its batch is tried again."},
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
       "Largest mail, attachments encoded; a larger one is dead-lettered."},
      TLS(smtp),
      {"webhook.signing_secret", AT(webhook.signing_secret), up_to(256),
       "`whsec_` and the base64 of 24 to 64 bytes; empty: requests are not signed."},
      {"webhook.previous_signing_secret", AT(webhook.previous_signing_secret), up_to(256),
       "The secret before a rotation: requests carry both signatures while it is set."},
      {"webhook.allow_private_addresses", AT(webhook.allow_private_addresses), anything(),
       "Let requests reach loopback, private and link-local addresses. Never in production."},
      {"webhook.allow_http", AT(webhook.allow_http), anything(),
       "Accept `http://` besides `https://`. Never in production."},
      {"webhook.connections", AT(webhook.connections), between(1, 10'000), "Requests under way at most."},
      {"webhook.connect_timeout", AT(webhook.connect_timeout), between(100ms, 5min), "Time for connecting and TLS."},
      {"webhook.timeout", AT(webhook.timeout), between(100ms, 10min), "Time for one request, connecting included."},
      {"webhook.max_response_bytes", AT(webhook.max_response_bytes), between(1 * KiB, 16 * MiB),
       "Response bytes read; the rest is dropped."},
      TLS(webhook),
      {"breaker.failures", AT(breaker.failures), between(0, 1'000'000),
       "Failures in a row after which a webhook's host, or the mail relay, is left alone; 0: never. Tasks for it wait "
       "meanwhile, which is no attempt."},
      {"breaker.open_for", AT(breaker.open_for), between(100ms, 1h), "For how long; then one at a time is let through."},
      {"report.catalogue_dir", AT(report.catalogue_dir), not_empty(4'096), "Folder of the reports that may be run."},
      {"report.output_dir", AT(report.output_dir), not_empty(4'096), "Folder the CSV files are written to."},
      {"report.url", AT(report.url), up_to(8'192), "Connection of a read-only role for reports; empty: `postgres.url`."},
      {"report.connections", AT(report.connections), between(1, 100), "Connections for reports, one thread each."},
      {"report.statement_timeout", AT(report.statement_timeout), between(100ms, 24h), "Time for one report."},
      {"monitoring.bind", AT(monitoring.bind), not_empty(256),
       "`host:port` of metrics and health; port 0 takes a free one. Give it no public address: it has no authentication."},
      {"monitoring.log_level", AT(monitoring.log_level), one_of({"debug", "info", "warn", "error"}),
       "Least level that is logged."},
      {"api.bind", AT(api.bind), up_to(256),
       "`host:port` of the operator API; port 0 takes a free one; empty: no API. Other than loopback addresses need "
       "`api.tls`."},
      {"api.tls.certificate_file", AT(api.tls.certificate_file), up_to(4'096),
       "PEM file of the API's certificate chain, its own first; with it the API speaks TLS (1.2 or later) and nothing else. "
       "Read at start."},
      {"api.tls.key_file", AT(api.tls.key_file), up_to(4'096), "PEM file of that certificate's private key."},
      {"api.connections", AT(api.connections), between(1, 32),
       "Database connections of the API, apart from those for tasks."},
      {"api.rate_limit", AT(api.rate_limit), between(1, 10'000),
       "Requests a second of one caller; above it they are refused with 429."},
      {"api.max_body_bytes", AT(api.max_body_bytes), between(1 * KiB, 16 * MiB), "Largest body of a request."},
      {"api.idempotency_retention", AT(api.idempotency_retention), between(1min, 30 * 24h),
       "How long an Idempotency-Key stands for its task; later it may ask for another one."},
      {"api.oidc.issuer", AT(api.oidc.issuer), up_to(1'024),
       "`iss` of the identity provider whose tokens are taken besides the API's own; empty: none."},
      {"api.oidc.audience", AT(api.oidc.audience), up_to(1'024), "`aud` that such a token must name."},
      {"api.oidc.keys", AT(api.oidc.keys), up_to(4'096),
       "The provider's JWK Set: an https URL, read anew every 10 minutes, or a file."},
      {"api.oidc.ca_file", AT(api.oidc.ca_file), up_to(4'096),
       "PEM file of the authorities to trust at that URL; empty: those of the system."},
      {"api.oidc.role_claim", AT(api.oidc.role_claim), not_empty(256),
       "The claim that holds viewer, operator, auditor or admin."},
      {"api.oidc.tenant_claim", AT(api.oidc.tenant_claim), not_empty(256),
       "The claim that binds the token to a tenant; without it, all tenants."},
      {"tracing.endpoint", AT(tracing.endpoint), up_to(2'048),
       "`http://host:port` or `https://host:port` of the OTLP collector that spans are sent to; empty: nothing is traced."},
      {"tracing.sample_percent", AT(tracing.sample_percent), between(0, 100),
       "Share of the tasks without `traceparent` that are traced, by their id. Those with one are if it says `sampled`."},
      {"tracing.service_name", AT(tracing.service_name), not_empty(128), "`service.name` of the spans."},
  };
}

std::vector<option> task_types() {
  using type = task_type_settings;
  return {
      {"types.*.timeout", in_type(&type::timeout), between(1ms, 24h), "Time for one attempt."},
      {"types.*.max_attempts", in_type(&type::max_attempts), between(1, 1'000), "Attempts before the task is dead."},
      {"types.*.backoff_min", in_type(&type::backoff_min), between(1ms, 24h), "Wait before the second attempt."},
      {"types.*.backoff_max", in_type(&type::backoff_max), between(1ms, 24h * 30), "Longest wait between two attempts."},
      {"types.*.concurrency", in_type(&type::concurrency), between(1, 10'000), "Tasks of the type that run at once."},
      {"types.*.redact",
       in_type(&type::redact),
       {},
       "Leave the errors of the type's outcomes out of the log, as they may quote what is nobody's business."},
  };
}

std::vector<option> schedules() {
  using schedule = schedule_settings;
  return {
      {"schedules.*.cron", in_schedule(&schedule::cron), not_empty(256),
       "When: `minute hour day-of-month month day-of-week`, with the second before them if there are six, or `@daily` etc."},
      {"schedules.*.timezone", in_schedule(&schedule::timezone), not_empty(64), "IANA time zone of the line."},
      {"schedules.*.type", in_schedule(&schedule::type), not_empty(255), "Task type of what is fired."},
      {"schedules.*.payload", in_schedule(&schedule::payload), not_empty(65'536), "Its payload: JSON in quotes."},
      {"schedules.*.tenant", in_schedule(&schedule::tenant), not_empty(64), "Its tenant."},
      {"schedules.*.queue", in_schedule(&schedule::queue), up_to(255), "Queue to publish to; empty: by type."},
      {"schedules.*.catch_up", in_schedule(&schedule::catch_up), one_of({"skip", "last", "all"}),
       "What becomes of fires that no node was there for: none, the last one, or all (the latest 1,000)."},
  };
}

#undef TLS
#undef AT

std::vector<option> make_table() {
  std::vector<option> table = general();
  std::ranges::move(connections(), std::back_inserter(table));
  add_queue(table, &queues_settings::email, "email", true);
  add_queue(table, &queues_settings::webhook, "webhook", true);
  add_queue(table, &queues_settings::data_processing, "data-processing", true);
  add_queue(table, &queues_settings::priority, "priority", false);
  add_queue(table, &queues_settings::dead_letter, "dead-letter", true);
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
