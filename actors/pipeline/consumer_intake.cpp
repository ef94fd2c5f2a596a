#include "actors/pipeline/consumer_intake.hpp"

#include "actors/delivery/topology.hpp"
#include "monitoring/log/log.hpp"

#include <algorithm>

namespace millrace::actors {

amqp::subscription_events forward_to(const caf::actor& self, const std::shared_ptr<delivery_buffer>& incoming) {
  return {
      .consuming = [self](amqp::channel_epoch e) { caf::anon_send(self, consuming{e}); },
      .deliveries =
          [self, incoming](amqp::channel_epoch e, std::vector<amqp::delivery> read) {
            incoming->add(e, std::move(read), [&self](deliveries now) { caf::anon_send(self, std::move(now)); });
          },
      .interrupted =
          [self](amqp::channel_epoch e, const std::string& why) {
            caf::anon_send(self, interrupted{e, why});
          },
  };
}

void report_consumed(const consumer_state& st, const std::string& reason) {
  auto& queue = st.config.settings.name;
  st.shared->health.report("queue " + queue, reason.empty(), reason);
  st.shared->metrics.queue_up(queue, "consumed", reason.empty());
}

void report_not_consumed(const consumer_state& st, const std::string& reason) {
  report_consumed(st, reason);
  monitoring::log(monitoring::level::warn, "queue not consumed", {{"queue", st.config.settings.name}, {"error", reason}});
}

void report_oldest_age(consumer_state& st) {
  auto oldest = st.unacked.oldest_unsettled();
  while (!st.reads.empty() && (!oldest || st.reads.front().last_tag < *oldest)) st.reads.pop_front();
  auto first = std::ranges::min_element(st.reads, {}, &consumer_state::read_age::oldest);
  st.shared->metrics.oldest_task(st.config.settings.name,
                                 first == st.reads.end() ? std::nullopt : std::optional{first->oldest});
}

decoded_delivery decode(const consumer_state& st, amqp::delivery d, amqp::channel_epoch epoch, wall_time now) {
  auto& queue = st.config.settings.name;
  const auto* proof = st.shared->proof.get();
  if (st.config.dead_letters) {
    auto made = decode_dead_letter(std::move(d), epoch, queue, now, proof);
    // A key that none of our queues is bound to is the producer's mistake, and no fault that passes.
    made.unrouted = made.unrouted && is_bound(st.shared->settings.queues, made.source.routing_key);
    return made;
  }
  auto facts = [&st](std::string_view type) {
    auto* entry = st.shared->handlers->find(type);
    return entry ? type_facts{true, entry->policy.id_required} : type_facts{};
  };
  return decode_delivery(std::move(d), epoch, queue, now, facts, proof);
}

}  // namespace millrace::actors
