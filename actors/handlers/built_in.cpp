#include "actors/handlers/built_in.hpp"

#include "actors/handlers/email/email_handler.hpp"
#include "actors/handlers/fault_injection/record_handler.hpp"
#include "actors/handlers/ledger/open_account_handler.hpp"
#include "actors/handlers/ledger/transfer_handler.hpp"
#include "actors/handlers/report/report_run_handler.hpp"
#include "actors/handlers/webhook/webhook_handler.hpp"
#include "runtime/supervision/crash_points.hpp"

#include <stdexcept>

namespace millrace::handlers {
namespace {

using namespace std::chrono_literals;

/// An effect's time-out exceeds its connector's own by this, so that the connector's clearer error comes first.
constexpr auto margin = 10s;

void add_notifications(registry& handlers, const config::settings& s) {
  handlers.add<email_handler>(
      {.timeout = s.smtp.timeout + margin, .max_attempts = 12, .backoff = {5s, 1h}, .concurrency = s.smtp.connections},
      s.smtp.max_message_bytes);
  handlers.add<webhook_handler>(
      {.timeout = s.webhook.timeout + margin, .max_attempts = 12, .backoff = {5s, 6h}, .concurrency = s.webhook.connections},
      s.webhook.signing_secret, s.webhook.previous_signing_secret, s.webhook.timeout);
}

/// Ledger tasks must have an id: without one, a repeated transfer could not be detected.
void add_ledger(registry& handlers) {
  handlers.add<open_account_handler>({.max_attempts = 10, .backoff = {}, .id_required = true});
  handlers.add<transfer_handler>({.max_attempts = 10, .backoff = {}, .id_required = true});
}

void add_reports(registry& handlers, const config::settings& s) {
  handlers.add<report_run_handler>({.timeout = s.report.statement_timeout + margin,
                                    .max_attempts = 5,
                                    .backoff = {10s, 1h},
                                    .concurrency = s.report.connections},
                                   s.report.catalogue_dir, s.report.output_dir);
}

type_policy merged(type_policy policy, const config::task_type_settings& wanted) {
  if (wanted.timeout.count() > 0) policy.timeout = wanted.timeout;
  if (wanted.max_attempts > 0) policy.max_attempts = wanted.max_attempts;
  if (wanted.backoff_min.count() > 0) policy.backoff.min = wanted.backoff_min;
  if (wanted.backoff_max.count() > 0) policy.backoff.max = wanted.backoff_max;
  policy.redact = policy.redact || wanted.redact;
  if (wanted.concurrency > 0) policy.concurrency = wanted.concurrency;
  return policy;
}

void configure(registry& handlers, const config::settings& s) {
  for (auto& [type, wanted] : s.types) {
    auto* entry = handlers.find(type);
    if (!entry) throw std::invalid_argument("types." + type + ": no such task type on this node");
    handlers.set_policy(type, merged(entry->policy, wanted));
  }
}

}  // namespace

void add_built_in_handlers(registry& handlers, const config::settings& s) {
  add_notifications(handlers, s);
  add_ledger(handlers);
  add_reports(handlers, s);
  if (faults::enabled()) handlers.add<record_handler>({.max_attempts = 10, .backoff = {}});
  configure(handlers, s);
}

}  // namespace millrace::handlers
