#include "actors/pipeline/consumer_intake.hpp"

#include "actors/delivery/topology.hpp"

#include <algorithm>

namespace millrace {
namespace {

bool is_bound(const amqp::topology& t, std::string_view queue, std::string_view type) {
  return std::ranges::any_of(
      t.bindings, [&](auto& b) { return b.exchange == task_exchange && b.queue == queue && takes(b.routing_key, type); });
}

/// Of the types that the queue is bound to. Their producers may choose another one; but all types for all queues would grow
/// with their product, up to what a family may hold. In the dead-letter queue whatever comes is dead.
void begin_task_series(const consumer_state& st) {
  auto begin = [&](std::string_view type, std::initializer_list<const char*> outcomes) {
    for (auto* outcome : outcomes) st.shared->metrics.task_finished(st.role.settings.name, type, outcome, 0);
  };
  begin("unknown", {"dead"});
  auto topology = make_topology(st.shared->settings);
  for (auto& type : st.shared->handlers->types())
    if (st.role.dead_letters)
      begin(type, {"dead"});
    else if (is_bound(topology, st.role.settings.name, type))
      begin(type, {"succeeded", "retry", "dead"});
}

}  // namespace

amqp::subscription_events forward_to(const caf::actor& self, const std::shared_ptr<delivery_buffer>& incoming) {
  return {
      .consuming = [self](amqp::channel_epoch e) { caf::anon_send(self, consuming{e}); },
      .deliveries =
          [self, incoming](amqp::channel_epoch e, std::vector<amqp::delivery> read) {
            if (auto now = incoming->add(e, std::move(read))) caf::anon_send(self, std::move(*now));
          },
      .interrupted =
          [self](amqp::channel_epoch e, const std::string& why) {
            caf::anon_send(self, interrupted{e, why});
          },
  };
}

void begin_series(const consumer_state& st) {
  auto& queue = st.role.settings.name;
  begin_task_series(st);
  st.shared->metrics.redelivery_deduplicated(queue, 0);
  for (int reason = 0; reason <= static_cast<int>(last_dead_reason); ++reason)
    st.shared->metrics.dead_lettered(queue, to_string(static_cast<dead_reason>(reason)), 0);
}

void report_oldest_age(consumer_state& st) {
  auto oldest = st.unacked.oldest_unsettled();
  while (!st.in_hand.empty() && (!oldest || st.in_hand.front().last < *oldest)) st.in_hand.pop_front();
  auto first = std::ranges::min_element(st.in_hand, {}, &consumer_state::hand::oldest);
  st.shared->metrics.oldest_task(st.role.settings.name,
                                 first == st.in_hand.end() ? std::nullopt : std::optional{first->oldest});
}

decoded_delivery decode(const consumer_state& st, amqp::delivery d, amqp::channel_epoch epoch, wall_time now) {
  auto& queue = st.role.settings.name;
  if (st.role.dead_letters) return decode_dead_letter(std::move(d), epoch, queue, now);
  auto facts = [&st](std::string_view type) {
    auto* known = st.shared->handlers->find(type);
    return known ? type_facts{true, known->policy.id_required} : type_facts{};
  };
  return decode_delivery(std::move(d), epoch, queue, now, facts);
}

}  // namespace millrace
