#include "actors/delivery/inbox_row.hpp"

#include "actors/delivery/outcome_resolution.hpp"

namespace millrace::actors {
namespace {

using postgres::task_state;

task_state initial_state(const decoded_delivery& i, const registry& handlers, wall_time now) {
  if (i.expired || (i.what.expires_at && *i.what.expires_at <= now)) return task_state::expired;
  if (i.problem) return task_state::dead;
  if (i.what.not_before && *i.what.not_before > now) return task_state::scheduled;
  return handlers.find(i.what.type)->transactional() ? task_state::succeeded : task_state::running;
}

}  // namespace

std::string_view usual_result(const registry& handlers, const std::string& type) {
  return std::get<std::shared_ptr<transactional_handler>>(handlers.find(type)->code)->usual_result();
}

postgres::inbox_row inbox_row_of(const decoded_delivery& i, const registry& handlers, wall_time now) {
  auto& t = i.what;
  auto state = initial_state(i, handlers, now);
  return {.tenant = t.tenant,
          .id = to_string(t.id),
          .original_id = t.original_id,
          .type = t.type,
          .queue = t.queue,
          .content_type = t.content == content_type::json ? "application/json" : "application/msgpack",
          .payload = t.payload.view(),
          .generation = t.generation,
          .correlation_id = t.correlation_id,
          .traceparent = t.traceparent,
          .reply_to = t.reply_to,
          .published_at_us = t.published_at ? std::optional{to_us(*t.published_at)} : std::nullopt,
          .received_at_us = to_us(t.received_at),
          .state = state,
          .error = i.problem ? std::string_view{i.problem->error} : std::string_view{},
          .result = state == task_state::succeeded ? usual_result(handlers, t.type) : std::string_view{},
          .claimed_before = i.claimed_before};
}

}  // namespace millrace::actors
