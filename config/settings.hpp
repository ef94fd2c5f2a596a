#pragma once

#include "config/secret.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// Typed settings of a node. The option table (options.cpp) describes each option: meaning, default, range and unit.
/// docs/configuration.md is generated from it. This file defines members and types only.
namespace millrace::config {

using std::chrono::milliseconds;

struct tls_settings {
  std::string ca_file;           ///< empty: the system's trust store
  std::string certificate_file;  ///< client certificate (SASL EXTERNAL), empty: none
  std::string key_file;
};

struct amqp_settings {
  /// amqp[s]://user:password@host:port/vhost, one per host of the cluster; holds the password.
  std::vector<secret> urls{secret{"amqp://guest:guest@127.0.0.1:5672/"}};
  milliseconds heartbeat{8'000};
  milliseconds connect_timeout{5'000};
  milliseconds reconnect_min{100};
  milliseconds reconnect_max{3'000};
  std::uint32_t frame_max = 131'072;
  milliseconds consumer_timeout{1'800'000};
  std::uint64_t max_body_bytes = 16 * 1024 * 1024;
  std::uint64_t byte_budget = 32 * 1024 * 1024;  ///< unsettled bodies on the consume connection
  std::uint32_t confirm_window = 1'000;          ///< unconfirmed publishes at most
  std::string management_url;                    ///< http[s]://host:port of the management plugin; empty: not used
  tls_settings tls;
};

struct postgres_settings {
  secret url{"postgresql://127.0.0.1/millrace"};
  std::uint32_t connections = 4;
  milliseconds connect_timeout{5'000};
  milliseconds statement_timeout{10'000};
  milliseconds lock_timeout{2'000};
};

struct smtp_settings {
  std::string url = "smtp://127.0.0.1:25";  ///< smtp:// (STARTTLS: see `starttls`) or smtps://
  std::string username;
  secret password;
  std::string from = "Millrace <no-reply@localhost>";
  bool starttls = true;  ///< required when true; false sends in clear text
  std::uint32_t connections = 8;
  milliseconds timeout{60'000};
  std::uint64_t max_message_bytes = 10 * 1024 * 1024;
  tls_settings tls;
};

struct webhook_settings {
  secret signing_secret;  ///< whsec_<base64>; empty: requests are not signed
  secret previous_signing_secret;
  bool allow_private_addresses = false;
  bool allow_http = false;  ///< false: https only
  std::uint32_t connections = 64;
  milliseconds connect_timeout{5'000};
  milliseconds timeout{20'000};
  std::uint64_t max_response_bytes = 64 * 1024;
  tls_settings tls;
};

/// When the circuit breaker of a webhook host or mail relay opens.
struct breaker_settings {
  std::uint32_t failures = 10;  ///< consecutive; 0: never
  milliseconds open_for{5'000};
};

struct report_settings {
  std::string catalogue_dir = "reports";
  std::string output_dir = "/var/lib/millrace/reports";
  secret url;  ///< a read-only role's connection; empty: postgres.url
  std::uint32_t connections = 1;
  milliseconds statement_timeout{300'000};
};

struct monitoring_settings {
  std::string bind = "127.0.0.1:9464";  ///< host:port; port 0 takes a free one
  std::string log_level = "info";
};

/// Tokens of an identity provider, accepted besides the API's own.
struct oidc_settings {
  std::string issuer;  ///< empty: none are accepted
  std::string audience;
  std::string keys;     ///< https URL or file of the JWK Set
  std::string ca_file;  ///< for that URL; empty: the system's trust store
  std::string role_claim = "millrace_role";
  std::string tenant_claim = "millrace_tenant";
};

/// A server's certificate; both empty: clear text.
struct server_tls_settings {
  std::string certificate_file;  ///< the chain
  std::string key_file;
};

struct api_settings {
  std::string bind;  ///< host:port, loopback unless a certificate is set; empty: no API
  server_tls_settings tls;
  std::uint32_t connections = 2;
  std::uint32_t rate_limit = 50;  ///< requests per second and caller
  std::uint64_t max_body_bytes = 1024 * 1024;
  milliseconds idempotency_retention{86'400'000};
  oidc_settings oidc;
};

struct tracing_settings {
  std::string endpoint;              ///< http[s]://host:port of an OTLP collector; empty: no tracing
  std::uint32_t sample_percent = 1;  ///< of the tasks without a traceparent
  std::string service_name = "millrace";
};

/// Overrides of a task type's defaults in its handler; zero or empty: the default.
struct task_type_settings {
  milliseconds timeout{0};
  std::uint32_t max_attempts = 0;
  milliseconds backoff_min{0};
  milliseconds backoff_max{0};
  std::uint32_t concurrency = 0;
  bool redact = false;  ///< errors of its outcomes are not logged
};

/// A recurring task, by name. `runtime/schedule/zoned_cron` reads cron, timezone and catch_up.
struct schedule_settings {
  std::string cron;
  std::string timezone = "UTC";
  std::string type;
  std::string payload = "{}";  ///< JSON
  std::string tenant = "default";
  std::string queue;  ///< empty: by type
  std::string catch_up = "last";
};

/// One of the queues. Its AMQP arguments follow from its role; see `millrace topology`.
struct queue_settings {
  std::string name;
  std::vector<std::string> bindings{};  ///< topic patterns of the task exchange; none for the dead-letter queue
  std::uint32_t prefetch = 500;
  std::uint32_t concurrency = 64;  ///< concurrent effects
  bool ordered = false;            ///< executed in the order of publication, by one node at a time
};

/// The lanes of `priority`: tasks of its types at priority 5 and above go to `priority_high`. Accounts and transfers, whose
/// order matters, go to `priority_ledger`.
struct queues_settings {
  queue_settings email{.name = "email", .bindings = {"notification.email"}};
  queue_settings webhook{.name = "webhook", .bindings = {"notification.webhook"}};
  queue_settings data_processing{.name = "data-processing", .bindings = {"report.#"}, .prefetch = 12'000, .concurrency = 4};
  queue_settings priority{.name = "priority", .prefetch = 2'000};
  queue_settings priority_high{.name = "priority.high", .prefetch = 2'000};
  queue_settings priority_ledger{
      .name = "priority.ledger", .bindings = {"transaction.#", "ledger.#"}, .prefetch = ordered_prefetch, .ordered = true};
  queue_settings dead_letter{.name = "dead-letter"};

  /// All of them, in the order of the documentation.
  std::array<const queue_settings*, 7> all() const {
    return {&email, &webhook, &data_processing, &priority, &priority_high, &priority_ledger, &dead_letter};
  }

  /// The prefetch of an ordered queue. Fixed, because a hand-over to a consumer with a smaller prefetch breaks the order.
  static constexpr std::uint32_t ordered_prefetch = 2'000;
};

struct settings {
  std::string environment = "development";  ///< development, testing, staging, production
  std::string node;                         ///< this process's name; empty: host name and pid
  milliseconds shutdown_grace{25'000};
  std::uint32_t scheduler_threads = 2;
  std::string state_dir = "/var/lib/millrace/state";
  amqp_settings amqp;
  postgres_settings postgres;
  queues_settings queues;
  smtp_settings smtp;
  webhook_settings webhook;
  breaker_settings breaker;
  report_settings report;
  monitoring_settings monitoring;
  api_settings api;
  tracing_settings tracing;
  std::map<std::string, task_type_settings> types;     ///< by task type, e.g. notification.email
  std::map<std::string, schedule_settings> schedules;  ///< by name
};

}  // namespace millrace::config
