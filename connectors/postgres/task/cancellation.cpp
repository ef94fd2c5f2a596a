#include "connectors/postgres/task/cancellation.hpp"

#include "connectors/postgres/audit/audit_store.hpp"
#include "connectors/postgres/session/text_sanitizer.hpp"
#include "connectors/postgres/task/inbox_decision.hpp"
#include "connectors/postgres/task/task_state.hpp"

#include <nlohmann/json.hpp>

namespace millrace::postgres {

namespace {

// A row without a type represents a task that has not arrived (see task_lock).
constexpr statement cancel_before_arrival{"task_cancel_before_arrival", R"sql(
insert into millrace.task (id, tenant, original_id, type, queue, state, attempt, generation, claim, received_at, finished_at,
                           error, payload)
values ($1::uuid, $2::text, nullif($3::text, ''), '', '', 'cancelled', 0, 0, 1, now(), now(), $4::text, '')
on conflict do nothing)sql"};

constexpr statement lock_one{"task_cancel_lock",
                             "select state from millrace.task where id = $1::uuid and tenant = $2::text for no key update"};

constexpr statement end_waiting{"task_cancel_waiting", R"sql(
with gone as (
  delete from millrace.outbox o using millrace.task t
  where t.id = $1::uuid and t.tenant = $2::text
    and o.message_id = coalesce(t.original_id, t.id::text) and o.headers ->> 'tenant' = t.tenant and o.routing_key = t.queue
)
update millrace.task set state = 'cancelled', finished_at = now(), error = $3::text
where id = $1::uuid and tenant = $2::text
returning coalesce(reply_to, ''), coalesce(correlation_id, ''), coalesce(original_id, ''))sql"};

constexpr statement ask_running{"task_cancel_running", R"sql(
update millrace.task set cancel_requested_at = coalesce(cancel_requested_at, now())
where id = $1::uuid and tenant = $2::text)sql"};

constexpr statement find_requests{"task_cancel_requests", R"sql(
select tenant, id, generation from millrace.task
where cancel_requested_at is not null and node = $1::text and state = 'running' limit 1000)sql"};

cancel_answer cancel_known(unit_of_work& work, std::string_view tenant, std::string_view id, const std::string& why) {
  const auto found = work.exec(lock_one, std::string{id}, storable_text(tenant));
  if (found.empty()) throw pqxx::serialization_failure("the task vanished while it was being cancelled");
  const auto state = task_state_of(found[0][0].c_str());
  if (state == task_state::running) {
    work.exec(ask_running, std::string{id}, storable_text(tenant));
    return {.verdict = cancel_verdict::requested, .state = state, .reply_to = {}, .correlation_id = {}, .original_id = {}};
  }
  if (!is_waiting(state))
    return {.verdict = cancel_verdict::too_late, .state = state, .reply_to = {}, .correlation_id = {}, .original_id = {}};
  const auto ended = work.exec(end_waiting, std::string{id}, storable_text(tenant), why);
  return {.verdict = cancel_verdict::cancelled,
          .state = task_state::cancelled,
          .reply_to = ended[0][0].c_str(),
          .correlation_id = ended[0][1].c_str(),
          .original_id = ended[0][2].c_str()};
}

}  // namespace

cancel_answer cancel(unit_of_work& work, std::string_view tenant, std::string_view id, std::string_view original_id,
                     std::string_view who, std::string_view why) {
  const auto reason = storable_text(std::string{"cancelled: "}.append(why));
  const bool is_new =
      work.exec(cancel_before_arrival, std::string{id}, storable_text(tenant), storable_text(original_id), reason)
          .affected_rows() == 1;
  auto answer = is_new ? cancel_answer{cancel_verdict::pending_arrival, task_state::cancelled, {}, {}, {}}
                       : cancel_known(work, tenant, id, reason);
  if (answer.verdict == cancel_verdict::too_late) return answer;
  const audit_row row{.actor = std::string{who},
                      .action = "task.cancel",
                      .tenant = std::string{tenant},
                      .subject = std::string{id},
                      .detail = nlohmann::json{{"reason", storable_text(why)}}.dump()};
  add_audit(work, {&row, 1});
  return answer;
}

std::vector<publication> cancel_requests(unit_of_work& work, std::string_view node) {
  std::vector<publication> found;
  for (const auto& row : work.exec(find_requests, storable_text(node)))
    found.push_back({row[0].c_str(), row[1].c_str(), row[2].as<std::uint32_t>()});
  return found;
}

}  // namespace millrace::postgres
