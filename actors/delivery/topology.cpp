#include "actors/delivery/topology.hpp"

#include "connectors/amqp/routing.hpp"

#include <algorithm>
#include <utility>

namespace millrace::actors {
namespace {

using amqp::field_table;
using amqp::field_value;

field_value text(std::string s) { return {std::move(s)}; }
field_value number(std::int64_t n) { return {n}; }

constexpr std::string_view urgent_prefix = "urgent.";
constexpr auto unrouted_exchange = "millrace.unrouted";  // unroutable messages, to the dead-letter queue
constexpr auto dead_exchange = "millrace.dead";          // messages dead-lettered by a queue
constexpr auto parking_exchange = "millrace.parking";    // messages dead-lettered by the dead-letter queue

/// Returns of a delivery count, although nothing was executed. So this limit must never be reached. Without one, a returned
/// message loses its place, and RabbitMQ 4 applies a limit of 20.
constexpr std::int64_t delivery_limit = 1'000'000;

/// Replicated. At-least-once dead-lettering requires overflow reject-publish.
field_table quorum(const char* dead_letter_exchange) {
  return {{"x-queue-type", text("quorum")},
          {"x-delivery-limit", number(delivery_limit)},
          {"x-dead-letter-exchange", text(dead_letter_exchange)},
          {"x-dead-letter-strategy", text("at-least-once")},
          {"x-overflow", text("reject-publish")}};
}

amqp::queue_declaration task_queue(const config::queue_settings& q) {
  auto arguments = quorum(dead_exchange);
  if (q.ordered) arguments.push_back({"x-single-active-consumer", field_value{true}});
  return {q.name, std::move(arguments)};
}

/// A topic pattern as a regular expression. Its words contain only letters, digits, `_` and `-`.
std::string expression_of(std::string_view pattern) {
  std::string expression = "^";
  bool first = true;  // no word before, apart from `#`
  for (const auto word : amqp::words_of(pattern)) {
    if (word == "#") {
      if (!first) expression += "(\\.[^.]+)*";
      if (expression == "^") expression += "([^.]+\\.)*";
      continue;
    }
    if (!first) expression += "\\.";
    expression += word == "*" ? "[^.]+" : word;
    first = false;
  }
  return first ? "" : expression + "$";
}

/// A name without a meaning for its characters.
std::string literal_expression(std::string_view name) {
  std::string expression = "^";
  for (const char c : name) {
    if (std::string_view{"\\^$.[]|()?*+{}"}.find(c) != std::string_view::npos) expression += '\\';
    expression += c;
  }
  return expression + "$";
}

}  // namespace

amqp::topology make_topology(const config::settings& s) {
  auto& q = s.queues;
  amqp::topology t;
  t.exchanges = {{unrouted_exchange, "fanout", {}},
                 {dead_exchange, "fanout", {}},
                 {parking_exchange, "fanout", {}},
                 {task_exchange, "topic", {{"alternate-exchange", text(unrouted_exchange)}}}};
  t.queues = {{parking_queue, {{"x-queue-type", text("quorum")}, {"x-delivery-limit", number(delivery_limit)}}},
              {q.dead_letter.name, quorum(parking_exchange)}};
  t.bindings = {{unrouted_exchange, q.dead_letter.name, ""},
                {dead_exchange, q.dead_letter.name, ""},
                {parking_exchange, parking_queue, ""}};
  for (const auto* queue : q.all()) {
    if (queue == &q.dead_letter) continue;
    t.queues.push_back(task_queue(*queue));
    for (const auto& key : queue->bindings) t.bindings.push_back({task_exchange, queue->name, key});
  }
  for (const auto& key : q.priority.bindings) t.bindings.push_back({task_exchange, q.priority_high.name, urgent_key(key)});
  return t;
}

std::string urgent_key(std::string_view type) { return std::string{urgent_prefix}.append(type); }

std::string_view without_lane(std::string_view routing_key) {
  if (routing_key.starts_with(urgent_prefix)) routing_key.remove_prefix(urgent_prefix.size());
  return routing_key;
}

route in_lane(const config::queues_settings& q, route r, std::optional<std::uint8_t> priority) {
  if (priority.value_or(0) < urgent_priority) return r;
  if (r.exchange.empty() && r.routing_key == q.priority.name) return {{}, q.priority_high.name};
  if (r.exchange != task_exchange) return r;
  const bool has_lane = std::ranges::any_of(q.priority.bindings, [&](auto& key) { return takes(key, r.routing_key); });
  return has_lane ? route{r.exchange, urgent_key(r.routing_key)} : r;
}

std::vector<postgres::ordered_route> ordered_routes(const config::queues_settings& q) {
  std::vector<postgres::ordered_route> routes;
  for (const auto* queue : q.all()) {
    if (!queue->ordered) continue;
    routes.push_back({"", literal_expression(queue->name)});
    for (const auto& key : queue->bindings) routes.push_back({task_exchange, expression_of(key)});
  }
  return routes;
}

bool takes(std::string_view pattern, std::string_view routing_key) { return amqp::topic_matches(pattern, routing_key); }

bool is_bound(const config::queues_settings& q, std::string_view routing_key) {
  const auto takes_key = [&](auto& queue, std::string_view key) {
    return std::ranges::any_of(queue.bindings, [&](auto& pattern) { return takes(pattern, key); });
  };
  const auto type = without_lane(routing_key);
  if (type != routing_key) return takes_key(q.priority, type);
  return std::ranges::any_of(q.all(), [&](auto* queue) { return takes_key(*queue, routing_key); });
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
