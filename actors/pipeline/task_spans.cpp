#include "actors/pipeline/task_spans.hpp"

#include "actors/handlers/email/email_handler.hpp"
#include "config/text/encoding.hpp"
#include "runtime/tracing/trace_sampling.hpp"

#include <algorithm>

namespace millrace::actors {
namespace {

using std::chrono::duration_cast;
using ending = commit_result::ending;
using tracing::span;

std::optional<trace_context> traced(const node_context& shared, const task& t) {
  return tracing::trace_of(t.traceparent, t.tenant, t.id, shared.settings.tracing.sample_percent);
}

span_id process_span_of(const task& t) { return tracing::process_span(t.tenant, t.id, t.generation); }

span_id execute_span_of(const task& t) {
  return tracing::span_of(t.tenant, t.id, t.generation, "execute " + std::to_string(t.attempt));
}

wall_time before(wall_time end, std::chrono::nanoseconds took) { return end - duration_cast<wall_time::duration>(took); }

/// The error of a failed outcome.
std::optional<std::string> error_in(const outcome& o) {
  if (auto* again = std::get_if<retry>(&o)) return again->error;
  if (auto* never = std::get_if<dead>(&o)) return never->error;
  return std::nullopt;
}

/// Adds the remote side's status. OpenTelemetry has an attribute for HTTP statuses, but none for SMTP replies.
void add_answer(span& s, const task& t, long answered) {
  if (answered == 0) return;
  s.attributes.emplace_back(
      t.type == handlers::email_handler::type ? "millrace.smtp.reply_code" : "http.response.status_code",
      std::int64_t{answered});
}

/// OpenTelemetry's `error.type`: the status if it caused the failure.
std::string error_type(const outcome& o, long answered) {
  if (answered >= 400) return std::to_string(answered);
  auto* never = std::get_if<dead>(&o);
  return never ? to_string(never->reason) : "retry";
}

/// Collects the spans of one batch.
class batch_spans {
 public:
  batch_spans(node_context& shared, const std::string& queue, const std::vector<commit_item>& items,
              const commit_result& result, std::chrono::nanoseconds took)
      : shared_(shared), queue_(queue), items_(items), result_(result), began_(before(now_, took)) {}

  void claims() {
    for (auto& e : result_.claimed) {
      auto& t = task_of(items_[e.index]);
      if (auto where = traced(shared_, t)) add_transaction(*where, t, "claim", e.claim);
    }
  }

  void endings() {
    for (auto& e : result_.endings) {
      auto& t = task_of(items_[e.index]);
      auto where = traced(shared_, t);
      if (!where) continue;
      auto& s = add_process(*where, t, e.outcome);
      s.attributes.emplace_back("millrace.attempt", std::int64_t{e.attempt});
      bool again = std::string_view{e.outcome} == "retry";
      if (e.reason || again) {
        s.error = shown_error(shared_, t, e.error);
        s.attributes.emplace_back("error.type", std::string{e.reason ? to_string(*e.reason) : "retry"});
      }
      if (delivery_in(items_[e.index]) && e.attempt > 0) add_execution(*where, t, e);
      add_transaction(*where, t, "commit", 0);
    }
  }

  /// For tasks that were not due: they go to the outbox and have no ending.
  void not_due() {
    std::vector<bool> reported(items_.size());
    for (auto& e : result_.endings) reported[e.index] = true;
    for (auto& e : result_.claimed) reported[e.index] = true;
    for (auto* indices : {&result_.duplicates, &result_.blocked, &result_.handed_off, &result_.deferred})
      for (auto i : *indices) reported[i] = true;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      auto* d = delivery_in(items_[i]);
      if (reported[i] || !d || d->id_assigned || !d->what.not_before || *d->what.not_before <= d->what.received_at) continue;
      auto where = traced(shared_, d->what);
      if (!where) continue;
      add_process(*where, d->what, "scheduled");
      add_transaction(*where, d->what, "commit", 0);
    }
  }

  std::vector<span> take() { return std::move(spans_); }

 private:
  span& add_process(const trace_context& where, const task& t, const char* outcome) {
    auto& s = spans_.emplace_back();
    s.trace = where.trace;
    s.id = process_span_of(t);
    s.parent = where.parent;
    s.name = "process " + queue_;
    s.kind = tracing::span_kind::consumer;
    s.start = t.received_at;
    s.end = now_;
    s.attributes = {{"messaging.system", "rabbitmq"},
                    {"messaging.operation.name", "process"},
                    {"messaging.operation.type", "process"},
                    {"messaging.destination.name", queue_},
                    {"messaging.message.id", t.original_id.empty() ? to_string(t.id) : t.original_id},
                    {"messaging.message.body.size", static_cast<std::int64_t>(t.payload.size())},
                    {"millrace.task.type", t.type},
                    {"millrace.tenant", t.tenant},
                    {"millrace.outcome", outcome}};
    if (!t.correlation_id.empty()) s.attributes.emplace_back("messaging.message.conversation_id", t.correlation_id);
    return s;
  }

  void add_transaction(const trace_context& where, const task& t, const std::string& name, std::int64_t claim) {
    auto& s = spans_.emplace_back();
    s.trace = where.trace;
    s.id = tracing::span_of(t.tenant, t.id, t.generation, name + " " + std::to_string(claim));
    s.parent = process_span_of(t);
    s.name = name;
    s.kind = tracing::span_kind::client;
    s.start = began_;
    s.end = now_;
    s.attributes = {{"db.system.name", "postgresql"}, {"db.operation.batch.size", static_cast<std::int64_t>(items_.size())}};
  }

  /// The execution of all tasks of the type, which includes this one.
  void add_execution(const trace_context& where, task t, const ending& e) {
    auto of_type = std::ranges::find(result_.executions, t.type, &commit_result::execution::type);
    if (of_type == result_.executions.end()) return;
    t.attempt = e.attempt;
    auto& s = spans_.emplace_back();
    s.trace = where.trace;
    s.id = execute_span_of(t);
    s.parent = process_span_of(t);
    s.name = "execute " + t.type;
    s.start = of_type->began;
    s.end = of_type->ended;
    s.attributes = {{"millrace.attempt", std::int64_t{e.attempt}},
                    {"millrace.batch.size", static_cast<std::int64_t>(of_type->tasks)}};
    if (e.reason || std::string_view{e.outcome} == "retry") s.error = shown_error(shared_, t, e.error);
  }

  node_context& shared_;
  const std::string& queue_;
  const std::vector<commit_item>& items_;
  const commit_result& result_;
  wall_time now_ = std::chrono::system_clock::now();
  wall_time began_;
  std::vector<span> spans_;
};

}  // namespace

void hand_over(node_context& shared, std::vector<span> spans) {
  if (spans.empty()) return;
  auto [dropped, batch_ready] = shared.spans->add(std::move(spans));
  if (dropped > 0) shared.metrics.spans_dropped("buffer_full", dropped);
  if (batch_ready) caf::anon_send(shared.directory.find("trace exporter"), spans_wait{});
}

void trace_commit(node_context& shared, const std::string& queue, const std::vector<commit_item>& items,
                  const commit_result& result, std::chrono::nanoseconds took) {
  batch_spans made{shared, queue, items, result, took};
  made.claims();
  made.endings();
  made.not_due();
  hand_over(shared, made.take());
}

void trace_execution(node_context& shared, const effect_ended& e) {
  auto where = traced(shared, e.what);
  if (!where || e.took <= std::chrono::nanoseconds::zero()) return;  // ended before it started
  span s;
  s.trace = where->trace;
  s.id = execute_span_of(e.what);
  s.parent = process_span_of(e.what);
  s.name = "execute " + e.what.type;
  s.kind = tracing::span_kind::client;
  s.end = std::chrono::system_clock::now();
  s.start = before(s.end, e.took);
  s.attributes = {{"millrace.attempt", std::int64_t{e.what.attempt}}};
  add_answer(s, e.what, e.answered);
  if (auto error = error_in(e.result)) {
    s.error = shown_error(shared, e.what, *error);
    s.attributes.emplace_back("error.type", error_type(e.result, e.answered));
  }
  std::vector<span> one;
  one.push_back(std::move(s));
  hand_over(shared, std::move(one));
}

std::string traceparent_of_effect(const node_context& shared, const task& t) {
  auto where = traced(shared, t);
  return where ? to_traceparent({where->trace, execute_span_of(t), where->flags}) : t.traceparent;
}

std::string shown_error(const node_context& shared, const task& t, const std::string& error) {
  auto* entry = shared.handlers->find(t.type);
  return entry && entry->policy.redact && !error.empty() ? "(redacted)" : error;
}

std::string trace_id_of(const node_context& shared, const task& t) {
  auto where = parse_traceparent(t.traceparent);
  if (!where && shared.spans) where = traced(shared, t);
  return where ? text::to_hex(where->trace) : std::string{};
}

}  // namespace millrace::actors
