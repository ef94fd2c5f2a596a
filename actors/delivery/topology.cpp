#include "actors/delivery/topology.hpp"

namespace millrace {
namespace {

using amqp::field_table;
using amqp::field_value;

field_value text(std::string s) { return {std::move(s)}; }
field_value number(std::int64_t n) { return {n}; }

constexpr auto unrouted_exchange = "millrace.unrouted";  // what no binding takes: to the dead-letter queue
constexpr auto dead_exchange = "millrace.dead";          // what a queue gives up: to the dead-letter queue
constexpr auto parking_exchange = "millrace.parking";    // what the dead-letter queue gives up: parked

/// Replicated, and safe in its dead-lettering too: at-least-once needs a quorum queue that rejects rather than drops.
field_table quorum(const char* dead_letter_exchange, std::uint32_t delivery_limit) {
  return {{"x-queue-type", text("quorum")},
          {"x-delivery-limit", number(delivery_limit)},
          {"x-dead-letter-exchange", text(dead_letter_exchange)},
          {"x-dead-letter-strategy", text("at-least-once")},
          {"x-overflow", text("reject-publish")}};
}

/// Quorum queues have no priorities in RabbitMQ 3.10.
field_table with_priorities() {
  return {
      {"x-queue-type", text("classic")}, {"x-max-priority", number(10)}, {"x-dead-letter-exchange", text(dead_exchange)}};
}

}  // namespace

amqp::topology make_topology(const config::settings& s) {
  auto& q = s.queues;
  amqp::topology t;
  t.exchanges = {{unrouted_exchange, "fanout", {}},
                 {dead_exchange, "fanout", {}},
                 {parking_exchange, "fanout", {}},
                 {task_exchange, "topic", {{"alternate-exchange", text(unrouted_exchange)}}}};
  t.queues = {{parking_queue, {{"x-queue-type", text("quorum")}}},
              {q.dead_letter.name, quorum(parking_exchange, q.dead_letter.delivery_limit)},
              {q.email.name, quorum(dead_exchange, q.email.delivery_limit)},
              {q.webhook.name, quorum(dead_exchange, q.webhook.delivery_limit)},
              {q.data_processing.name, quorum(dead_exchange, q.data_processing.delivery_limit)},
              {q.priority.name, with_priorities()}};
  t.bindings = {{unrouted_exchange, q.dead_letter.name, ""},
                {dead_exchange, q.dead_letter.name, ""},
                {parking_exchange, parking_queue, ""},
                {task_exchange, q.email.name, "notification.email"},
                {task_exchange, q.webhook.name, "notification.webhook"},
                {task_exchange, q.data_processing.name, "report.#"},
                {task_exchange, q.priority.name, "transaction.#"},
                {task_exchange, q.priority.name, "ledger.#"}};
  return t;
}

std::string describe(const amqp::topology& t) {
  std::string out;
  for (auto& e : t.exchanges) out += "exchange  " + e.name + "  " + e.kind + "  " + amqp::to_json(e.arguments) + "\n";
  for (auto& q : t.queues) out += "queue     " + q.name + "  " + amqp::to_json(q.arguments) + "\n";
  for (auto& b : t.bindings)
    out += "binding   " + b.exchange + " -> " + b.queue + (b.routing_key.empty() ? "" : "  on " + b.routing_key) + "\n";
  return out;
}

}  // namespace millrace
