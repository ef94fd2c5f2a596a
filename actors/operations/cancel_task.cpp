#include "actors/operations/cancel_task.hpp"

#include "actors/delivery/outcome_resolution.hpp"
#include "connectors/postgres/task/task_query.hpp"
#include "runtime/task/task_identity.hpp"

#include <algorithm>

namespace millrace::operations {

namespace {

void check_assumed_tenant(unit_of_work& work, const cancel_order& order) {
  const auto known = postgres::find_tasks(work, order.id, {});
  if (known.empty() || std::ranges::any_of(known, [&](auto& t) { return t.tenant == order.tenant; })) return;
  throw task_of_another_tenant{"tenant " + known[0].tenant + " has a task with this id; name the tenant"};
}

}  // namespace

postgres::cancel_answer cancel_task(unit_of_work& work, const cancel_order& order) {
  if (order.tenant_assumed) check_assumed_tenant(work, order);
  const auto id = uuid::parse(order.id);
  const auto key = id ? *id : id_of_text(order.tenant, order.id);
  auto answer = postgres::cancel(work, order.tenant, to_string(key), id ? std::string_view{} : std::string_view{order.id},
                                 order.actor, order.why);
  if (answer.reply_to.empty()) return answer;
  task t;
  t.id = key;
  t.tenant = order.tenant;
  t.original_id = answer.original_id;
  t.reply_to = answer.reply_to;
  t.correlation_id = answer.correlation_id;
  auto message = actors::reply_message(t, answer.state, {}, "cancelled: " + order.why);
  postgres::enqueue(work, {&message, 1});
  return answer;
}

}  // namespace millrace::operations
