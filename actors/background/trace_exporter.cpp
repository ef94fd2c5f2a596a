#include "actors/background/trace_exporter.hpp"

#include "monitoring/log/log.hpp"
#include "runtime/task/jitter.hpp"
#include "runtime/tracing/otlp_json.hpp"

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using actor_self = caf::stateful_actor<trace_exporter_state>*;
using std::chrono::milliseconds;
using verdict = spans_answered::verdict;

constexpr auto interval = 1'000ms;
constexpr auto time_limit = 10'000ms;  // of a request
constexpr std::uint32_t most_tries = 3;
constexpr std::chrono::seconds longest_wait = 30s;  // that a collector may ask for

struct try_again {
  std::uint64_t request;
};

std::optional<std::chrono::seconds> retry_after(const http::response& r) {
  auto found = std::ranges::find_if(r.headers, [](auto& h) { return h.first == "retry-after"; });
  if (found == r.headers.end()) return std::nullopt;
  auto& text = found->second;
  std::int64_t wanted = 0;
  auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), wanted);
  if (failed != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds{std::clamp<std::int64_t>(wanted, 1, longest_wait.count())};
}

verdict verdict_of(long status) {
  if (status >= 200 && status < 300) return verdict::taken;
  return status == 429 || status == 502 || status == 503 || status == 504 ? verdict::later : verdict::never;
}

spans_answered read(std::uint64_t request, const tl::expected<http::response, http::failure>& answer) {
  if (answer)
    return {request, verdict_of(answer->status), rejected_spans(answer->body), retry_after(*answer),
            "it answered " + std::to_string(answer->status)};
  auto& failed = answer.error();
  bool pointless = failed.error == http::transfer_error::bad_url || failed.error == http::transfer_error::forbidden_address;
  return {request, pointless ? verdict::never : verdict::later, 0, std::nullopt, failed.message};
}

std::string url(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint + "/v1/traces";
}

void post(actor_self self) {
  auto& st = self->state;
  ++st.tries;
  st.pausing = false;
  http::request r{.url = url(st.shared->settings.tracing.endpoint),
                  .headers = {{"content-type", "application/json"}, {"user-agent", "Millrace/" MILLRACE_VERSION}},
                  .body = st.body,
                  .timeout = time_limit};
  // Weak: the client may outlive the actors, and an answer to one that has ended is for nobody.
  auto answer_to = caf::actor_cast<caf::weak_actor_ptr>(self);
  st.shared->collector->send(std::move(r), [answer_to, request = ++st.request](auto answer) {
    if (auto me = caf::actor_cast<caf::actor>(answer_to)) caf::anon_send(me, read(request, answer));
  });
}

void tell_drained(actor_self self) {
  if (self->state.drain_to) self->send(self->state.drain_to, drained{"traces"});
  self->state.drain_to = nullptr;
}

/// The next batch, if none is under way.
void send_next(actor_self self) {
  auto& st = self->state;
  if (st.spans > 0) return;
  auto batch = st.shared->spans->take(span_buffer::batch);
  if (batch.empty()) return tell_drained(self);
  st.spans = batch.size();
  st.tries = 0;
  st.body = otlp_json({st.shared->settings.tracing.service_name, st.shared->identity}, batch);
  post(self);
}

void taken(trace_exporter_state& st, std::uint64_t rejected) {
  auto lost = static_cast<std::size_t>(std::min<std::uint64_t>(rejected, st.spans));
  st.shared->metrics.spans_exported(st.spans - lost);
  if (lost > 0) st.shared->metrics.spans_dropped("collector", lost);
  if (std::exchange(st.failing, false)) monitoring::log(level::info, "the collector takes spans again");
}

/// Said once, until it takes some again.
void lost(trace_exporter_state& st, const std::string& why) {
  st.shared->metrics.spans_dropped("collector", st.spans);
  if (std::exchange(st.failing, true)) return;
  monitoring::log(level::warn, "the collector does not take spans, dropping them",
                  {{"endpoint", st.shared->settings.tracing.endpoint}, {"error", why}});
}

void answered(actor_self self, const spans_answered& a) {
  auto& st = self->state;
  if (a.request != st.request || st.pausing) return;
  if (a.what == verdict::later && st.tries < most_tries && !st.drain_to) {
    auto backoff = milliseconds{static_cast<std::int64_t>((0.5 + random_unit() / 2) * (1'000 << (st.tries - 1)))};
    st.pausing = true;
    return send_after(self, a.retry_after ? milliseconds{*a.retry_after} : backoff, try_again{st.request});
  }
  a.what == verdict::taken ? taken(st, a.rejected) : lost(st, a.why);
  st.spans = 0;
  st.body.clear();
  if (a.what != verdict::taken) tell_drained(self);
  if (st.drain_to || st.shared->spans->size() >= span_buffer::batch) send_next(self);
}

void begin_drain(actor_self self, const caf::actor& reply_to) {
  auto& st = self->state;
  st.drain_to = reply_to;
  st.pausing ? post(self) : send_next(self);
}

}  // namespace
}  // namespace millrace

MILLRACE_LOCAL_MESSAGE(millrace::try_again)

namespace millrace {

trace_exporter_state::~trace_exporter_state() {
  if (shared && spans > 0) shared->metrics.spans_dropped("collector", spans);
}

caf::behavior trace_exporter(caf::stateful_actor<trace_exporter_state>* self, node_ptr shared) {
  self->state.shared = std::move(shared);
  send_after(self, interval, tick{0});
  return {
      [self](const tick&) {
        send_next(self);
        send_after(self, interval, tick{0});
      },
      [self](const spans_wait&) { send_next(self); },
      [self](const spans_answered& a) { answered(self, a); },
      [self](const try_again& t) {
        if (self->state.pausing && t.request == self->state.request) post(self);
      },
      [self](const drain& d) { begin_drain(self, d.reply_to); },
  };
}

}  // namespace millrace
