#include "actors/background/trace_exporter.hpp"

#include "monitoring/log/log.hpp"
#include "runtime/task/jitter.hpp"
#include "runtime/tracing/otlp_json.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using actor_self = caf::stateful_actor<trace_exporter_state>*;
using std::chrono::milliseconds;
using export_result = spans_answered::export_result;

constexpr auto interval = 1'000ms;
constexpr auto request_timeout = 10'000ms;  // per request
constexpr std::uint32_t max_attempts = 3;
constexpr std::chrono::seconds max_retry_after = 30s;  // accepted from the collector's Retry-After

struct retry_request {
  std::uint64_t request;
};

std::optional<std::chrono::seconds> retry_after(const http::response& r) {
  auto found = std::ranges::find_if(r.headers, [](auto& h) { return h.first == "retry-after"; });
  if (found == r.headers.end()) return std::nullopt;
  auto& text = found->second;
  std::int64_t wanted = 0;
  auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), wanted);
  if (failed != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds{std::clamp<std::int64_t>(wanted, 1, max_retry_after.count())};
}

export_result result_of(long status) {
  if (status >= 200 && status < 300) return export_result::accepted;
  return status == 429 || status == 502 || status == 503 || status == 504 ? export_result::retry : export_result::rejected;
}

spans_answered read(std::uint64_t request, const tl::expected<http::response, http::failure>& answer) {
  if (answer)
    return {request, result_of(answer->status), tracing::rejected_spans(answer->body), retry_after(*answer),
            "HTTP status " + std::to_string(answer->status)};
  auto& failed = answer.error();
  bool permanent = failed.error == http::transfer_error::bad_url || failed.error == http::transfer_error::forbidden_address;
  return {request, permanent ? export_result::rejected : export_result::retry, 0, std::nullopt, failed.message};
}

std::string url(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint + "/v1/traces";
}

void post(actor_self self) {
  auto& st = self->state;
  ++st.attempts;
  st.waiting_to_retry = false;
  http::request r{.url = url(st.shared->settings.tracing.endpoint),
                  .headers = {{"content-type", "application/json"}, {"user-agent", "Millrace/" MILLRACE_VERSION}},
                  .body = st.body,
                  .timeout = request_timeout};
  // Weak: the client may outlive the actor, and then the answer is discarded.
  auto answer_to = caf::actor_cast<caf::weak_actor_ptr>(self);
  st.shared->trace_collector->send(std::move(r), [answer_to, request = ++st.request](auto answer) {
    if (auto me = caf::actor_cast<caf::actor>(answer_to)) caf::anon_send(me, read(request, answer));
  });
}

void report_drained(actor_self self) {
  if (self->state.drain_to) self->send(self->state.drain_to, drained{"traces"});
  self->state.drain_to = nullptr;
}

/// Sends the next batch, unless a request is in progress.
void send_next(actor_self self) {
  auto& st = self->state;
  if (st.spans > 0) return;
  auto batch = st.shared->spans->take(span_buffer::batch);
  if (batch.empty()) return report_drained(self);
  st.spans = batch.size();
  st.attempts = 0;
  st.body = tracing::otlp_json({st.shared->settings.tracing.service_name, st.shared->identity}, batch);
  post(self);
}

void count_exported(trace_exporter_state& st, std::uint64_t rejected) {
  auto lost = static_cast<std::size_t>(std::min<std::uint64_t>(rejected, st.spans));
  st.shared->metrics.spans_exported(st.spans - lost);
  if (lost > 0) st.shared->metrics.spans_dropped("collector", lost);
  if (std::exchange(st.failing, false)) monitoring::log(level::info, "trace collector accepts spans again");
}

/// Logged once, until the collector accepts spans again.
void drop(trace_exporter_state& st, const std::string& why) {
  st.shared->metrics.spans_dropped("collector", st.spans);
  if (std::exchange(st.failing, true)) return;
  monitoring::log(level::warn, "trace collector unavailable; dropping spans",
                  {{"endpoint", st.shared->settings.tracing.endpoint}, {"error", why}});
}

void answered(actor_self self, const spans_answered& a) {
  auto& st = self->state;
  if (a.request != st.request || st.waiting_to_retry) return;
  if (a.result == export_result::retry && st.attempts < max_attempts && !st.drain_to) {
    auto backoff = milliseconds{static_cast<std::int64_t>((0.5 + random_unit() / 2) * (1'000 << (st.attempts - 1)))};
    st.waiting_to_retry = true;
    return supervision::send_after(self, a.retry_after ? milliseconds{*a.retry_after} : backoff, retry_request{st.request});
  }
  a.result == export_result::accepted ? count_exported(st, a.rejected) : drop(st, a.why);
  st.spans = 0;
  st.body.clear();
  if (a.result != export_result::accepted) report_drained(self);
  if (st.drain_to || st.shared->spans->size() >= span_buffer::batch) send_next(self);
}

void start_drain(actor_self self, const caf::actor& reply_to) {
  auto& st = self->state;
  st.drain_to = reply_to;
  st.waiting_to_retry ? post(self) : send_next(self);
}

}  // namespace
}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::retry_request)

namespace millrace::actors {

trace_exporter_state::~trace_exporter_state() {
  if (shared && spans > 0) shared->metrics.spans_dropped("collector", spans);
}

caf::behavior trace_exporter(caf::stateful_actor<trace_exporter_state>* self, node_ptr shared) {
  self->state.shared = std::move(shared);
  supervision::send_after(self, interval, tick{0});
  return {
      [self](const tick&) {
        send_next(self);
        supervision::send_after(self, interval, tick{0});
      },
      [self](const spans_wait&) { send_next(self); },
      [self](const spans_answered& a) { answered(self, a); },
      [self](const retry_request& t) {
        if (self->state.waiting_to_retry && t.request == self->state.request) post(self);
      },
      [self](const drain& d) { start_drain(self, d.reply_to); },
  };
}

}  // namespace millrace::actors
