#include "actors/outbox/publish_spans.hpp"

#include "actors/delivery/outcome_resolution.hpp"
#include "actors/pipeline/task_spans.hpp"
#include "runtime/task/task_identity.hpp"
#include "runtime/tracing/trace_sampling.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::actors {
namespace {

using postgres::outbox_row;

std::string* header_in(outbox_row& row, std::string_view name) {
  auto found = std::ranges::find_if(row.headers, [name](auto& h) { return h.first == name; });
  return found == row.headers.end() ? nullptr : &found->second;
}

std::string text_in(outbox_row& row, std::string_view name, std::string otherwise) {
  auto* text = header_in(row, name);
  return text ? *text : std::move(otherwise);
}

std::uint32_t generation_in(outbox_row& row) {
  auto text = text_in(row, header::generation, "0");
  std::uint32_t generation = 0;
  auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), generation);
  return failed == std::errc{} && rest == text.data() + text.size() ? generation : 0;
}

/// The parent of the publish span: the previous attempt, the requester of a follow-up, or the producer.
std::optional<trace_context> place_of(outbox_row& row, const std::string& tenant, const uuid& id, std::uint32_t percent) {
  auto traceparent = text_in(row, "traceparent", {});
  if (auto requester = parse_requesting_task(text_in(row, header::asked_by, {})))
    if (auto where = tracing::trace_of(traceparent, tenant, requester->id, percent)) {
      where->parent = tracing::process_span(tenant, requester->id, requester->generation);
      return where;
    }
  auto where = tracing::trace_of(traceparent, tenant, id, percent);
  auto generation = generation_in(row);
  if (where && generation > 0) where->parent = tracing::process_span(tenant, id, generation - 1);
  return where;
}

std::optional<tracing::span> start_span(const node_context& shared, outbox_row& row) {
  if (row.type == result_type || row.message_id.empty()) return std::nullopt;
  auto tenant = text_in(row, "tenant", task{}.tenant);
  auto given = uuid::parse(row.message_id);
  auto id = given ? *given : id_of_text(tenant, row.message_id);
  auto where = place_of(row, tenant, id, shared.settings.tracing.sample_percent);
  if (!where) return std::nullopt;
  tracing::span s;
  s.trace = where->trace;
  s.id = tracing::new_span_id();
  s.parent = where->parent;
  auto& destination = row.exchange.empty() ? row.routing_key : row.exchange;
  s.name = "publish " + destination;
  s.kind = tracing::span_kind::producer;
  s.start = std::chrono::system_clock::now();
  s.attributes = {{"messaging.system", "rabbitmq"},
                  {"messaging.operation.name", "publish"},
                  {"messaging.operation.type", "send"},
                  {"messaging.destination.name", destination},
                  {"messaging.rabbitmq.destination.routing_key", row.routing_key},
                  {"messaging.message.id", row.message_id},
                  {"messaging.message.body.size", static_cast<std::int64_t>(row.body.size())},
                  {"millrace.task.type", row.type},
                  {"millrace.tenant", tenant}};
  auto handed_on = to_traceparent({where->trace, s.id, where->flags});
  if (auto* header = header_in(row, "traceparent"))
    *header = std::move(handed_on);
  else
    row.headers.emplace_back("traceparent", std::move(handed_on));
  return s;
}

}  // namespace

void publish_spans::start(const node_context& shared, std::uint64_t batch, std::vector<outbox_row>& rows) {
  std::vector<open_span> started;
  for (auto& row : rows)
    if (auto s = start_span(shared, row)) started.push_back({row.id, std::move(*s)});
  if (!started.empty()) batches_.emplace(batch, std::move(started));
}

void publish_spans::end(node_context& shared, const batch_confirmed& answer) {
  close(
      shared, answer.batch,
      [&answer](std::int64_t row) {
        return std::ranges::count(answer.published, row) + std::ranges::count(answer.unroutable, row) +
                   std::ranges::count(answer.unconfirmed, row) >
               0;
      },
      [&answer](std::int64_t row) {
        return std::ranges::count(answer.published, row) > 0 ? std::nullopt : std::optional{answer.why};
      });
}

void publish_spans::abandon(node_context& shared, std::uint64_t batch) {
  close(
      shared, batch, [](std::int64_t) { return true; },
      [](std::int64_t) { return std::optional<std::string>{"the broker did not confirm in time"}; });
}

void publish_spans::close(node_context& shared, std::uint64_t batch, const std::function<bool(std::int64_t)>& answered,
                          const std::function<std::optional<std::string>(std::int64_t)>& error_of) {
  auto found = batches_.find(batch);
  if (found == batches_.end()) return;
  auto& open = found->second;
  auto first = std::stable_partition(open.begin(), open.end(), [&](auto& each) { return !answered(each.row); });
  auto now = std::chrono::system_clock::now();
  std::vector<tracing::span> ended;
  for (auto each = first; each != open.end(); ++each) {
    each->what.end = now;
    each->what.error = error_of(each->row);
    ended.push_back(std::move(each->what));
  }
  open.erase(first, open.end());
  if (open.empty()) batches_.erase(found);
  hand_over(shared, std::move(ended));
}

}  // namespace millrace::actors
