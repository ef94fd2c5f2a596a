#include "actors/delivery/topology.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace millrace::actors {
namespace {

using amqp::field_table;
using amqp::field_value;

field_value text(std::string s) { return {std::move(s)}; }
field_value number(std::int64_t n) { return {n}; }

constexpr auto unrouted_exchange = "millrace.unrouted";  // unroutable messages, to the dead-letter queue
constexpr auto dead_exchange = "millrace.dead";          // messages dead-lettered by a queue
constexpr auto parking_exchange = "millrace.parking";    // messages dead-lettered by the dead-letter queue

/// Replicated. At-least-once dead-lettering requires a quorum queue with overflow reject-publish.
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

std::vector<std::string_view> words_of(std::string_view key) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin <= key.size();) {
    const auto end = std::min(key.find('.', begin), key.size());
    words.push_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
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
                {parking_exchange, parking_queue, ""}};
  for (const auto* queue : {&q.email, &q.webhook, &q.data_processing, &q.priority})
    for (const auto& key : queue->bindings) t.bindings.push_back({task_exchange, queue->name, key});
  return t;
}

bool takes(std::string_view pattern, std::string_view routing_key) {
  const auto words = words_of(routing_key);
  std::vector<bool> reached(words.size() + 1);  // [n]: the pattern so far matches the first n words
  reached[0] = true;
  for (const auto word : words_of(pattern)) {
    std::vector<bool> next(reached.size());
    for (std::size_t n = 0; n < reached.size(); ++n)
      if (word == "#")
        next[n] = reached[n] || (n > 0 && next[n - 1]);
      else if (n > 0)
        next[n] = reached[n - 1] && (word == "*" || word == words[n - 1]);
    reached = std::move(next);
  }
  return reached.back();
}

std::string describe(const amqp::topology& t) {
  std::string out;
  for (auto& e : t.exchanges) out += "exchange  " + e.name + "  " + e.kind + "  " + amqp::to_json(e.arguments) + "\n";
  for (auto& q : t.queues) out += "queue     " + q.name + "  " + amqp::to_json(q.arguments) + "\n";
  for (auto& b : t.bindings)
    out += "binding   " + b.exchange + " -> " + b.queue + (b.routing_key.empty() ? "" : "  on " + b.routing_key) + "\n";
  return out;
}

}  // namespace millrace::actors
