#include "actors/consumer_intake.hpp"

#include <algorithm>

namespace millrace {

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
  st.shared->metrics.redelivery_absorbed(queue, 0);
  for (int reason = 0; reason <= static_cast<int>(last_dead_reason); ++reason)
    st.shared->metrics.dead_lettered(queue, to_string(static_cast<dead_reason>(reason)), 0);
}

wall_time waits_since(const task& t) {
  if (!t.published_at || t.generation > 0) return t.received_at;
  return std::max(*t.published_at, t.not_before.value_or(*t.published_at));
}

void tell_oldest(consumer_state& st) {
  auto oldest = st.unacked.oldest_unsettled();
  while (!st.in_hand.empty() && (!oldest || st.in_hand.front().last < *oldest)) st.in_hand.pop_front();
  auto first = std::ranges::min_element(st.in_hand, {}, &consumer_state::hand::oldest);
  st.shared->metrics.oldest_task(st.role.settings.name,
                                 first == st.in_hand.end() ? std::nullopt : std::optional{first->oldest});
}

inbound decode(const consumer_state& st, amqp::delivery d, amqp::channel_epoch epoch, wall_time now) {
  auto& queue = st.role.settings.name;
  if (st.role.dead_letters) return decode_dead_letter(std::move(d), epoch, queue, now);
  auto facts = [&st](std::string_view type) {
    auto* known = st.shared->handlers->find(type);
    return known ? type_facts{true, known->policy.id_required} : type_facts{};
  };
  return decode_delivery(std::move(d), epoch, queue, now, facts);
}

}  // namespace millrace
