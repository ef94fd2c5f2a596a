#include "actors/delivery/decoded_delivery.hpp"
#include "actors/delivery/outcome_resolution.hpp"
#include "actors/delivery/topology.hpp"
#include "actors/operations/replay.hpp"
#include "runtime/task/rfc3339.hpp"

#include <algorithm>

namespace millrace::operations {
namespace {

using postgres::dead_letter_record;
using postgres::locked_task;

constexpr std::int64_t last_generation = 2'147'483'647;  // see runtime/task/envelope

std::optional<std::string> settled_before(const dead_letter_record& l) {
  if (!l.replayed_at.empty())
    return "was replayed at " + l.replayed_at + " by " + l.replayed_by + "; to replay it once more, use `again`";
  if (!l.discarded_at.empty())
    return "was discarded at " + l.discarded_at + " by " + l.discarded_by + "; to replay it nevertheless, use `again`";
  return {};
}

std::string publish_new(const dead_letter_record& l, const std::string& option) {
  return "; publish it as a new task: millrace dead show " + l.id + " --raw >body, then millrace publish TYPE @body " +
         option;
}

/// Why the row of its task rules out a replay.
std::optional<std::string> refused_by_task(const dead_letter_record& l, const locked_task& task, const replay_order& order) {
  if (task.state != postgres::task_state::dead)
    return "its task is " + std::string{postgres::to_string(task.state)} + ", not dead; see millrace task show " + l.task_id;
  if (task.generation != l.generation && !order.again)
    return "its task has died again since; replay its latest dead letter: millrace dead list --task " + l.task_id;
  if (task.generation >= last_generation) return "its task has reached the last generation" + publish_new(l, "--id NEW-ID");
  return {};
}

/// The task as its message described it. The caller sets the fields that depend on the queue.
task original(const postgres::locked_dead_letter& dead) {
  auto& l = dead.record;
  amqp::delivery d;
  d.exchange = l.exchange;
  d.routing_key = l.routing_key;
  d.raw_properties = dead.bytes.raw_properties;
  d.body = dead.bytes.payload;
  d.body_size = d.body.size();
  auto died = parse_rfc3339(l.died_at).value_or(wall_time{});
  return actors::decode_delivery(std::move(d), {}, l.queue, died, [](std::string_view) { return type_facts{.known = true}; })
      .what;
}

}  // namespace

std::optional<std::string> replay_refusal(const dead_letter_record& l, const std::optional<locked_task>& task,
                                          const replay_order& order) {
  if (!order.again)
    if (auto before = settled_before(l)) return before;
  if (!l.parked_in.empty())
    return "its body of " + std::to_string(l.body_size) + " bytes is at the broker, in queue " + l.parked_in +
           "; publish a new task with a reference to the data, or raise amqp.max_body_bytes and move the message back";
  if (l.reason == "id_conflict")
    return "its id belongs to another message, which takes precedence" + publish_new(l, "--id NEW-ID --tenant " + l.tenant);
  if (l.reason == "malformed_properties")
    return "its properties are unreadable, so its tenant and times are unknown" +
           publish_new(l, "--id NEW-ID --tenant TENANT");
  if (l.type.empty()) return "it names no task type" + publish_new(l, "--id NEW-ID --tenant " + l.tenant);
  if (l.generation >= last_generation) return "its task has reached the last generation" + publish_new(l, "--id NEW-ID");
  return task ? refused_by_task(l, *task, order) : std::nullopt;
}

postgres::outbox_row replay_publication(const postgres::locked_dead_letter& dead, const std::optional<locked_task>& row,
                                        const replay_order& order) {
  auto& l = dead.record;
  auto t = original(dead);
  t.id = uuid::parse(l.task_id).value_or(uuid{});
  t.tenant = l.tenant;
  t.original_id = l.original_id;
  t.type = row ? row->type : l.type;
  t.generation = row ? row->generation : static_cast<std::uint32_t>(l.generation);
  t.queue = !order.to_queue.empty() ? order.to_queue : l.queue;
  auto out = actors::republication(t, std::max(t.not_before.value_or(order.first_due), order.first_due));
  if (order.edit) out.body = *order.edit;
  // A removed queue has no consumer, and the dead-letter queue would make it a dead letter again.
  if (!order.queues.contains(t.queue)) {
    out.exchange = actors::task_exchange;
    out.routing_key = t.type;
  }
  return out;
}

}  // namespace millrace::operations
