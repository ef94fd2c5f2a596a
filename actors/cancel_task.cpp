#include "actors/cancel_task.hpp"

#include "actors/conclusion.hpp"
#include "runtime/task_identity.hpp"

namespace millrace {

postgres::cancel_answer cancel_task(unit_of_work& work, const cancel_order& order) {
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
  auto message = reply_message(t, answer.state, {}, "cancelled: " + order.why);
  postgres::enqueue(work, {&message, 1});
  return answer;
}

}  // namespace millrace
