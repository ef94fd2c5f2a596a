#include "connectors/amqp/routing.hpp"

#include <algorithm>

namespace millrace::amqp {
namespace {

const queue_declaration* queue_of(const topology& t, std::string_view name) {
  auto found = std::find_if(t.queues.begin(), t.queues.end(), [&](const auto& queue) { return queue.name == name; });
  return found == t.queues.end() ? nullptr : &*found;
}

bool routes(const exchange_declaration& exchange, std::string_view pattern, std::string_view routing_key) {
  if (exchange.kind == "fanout") return true;
  if (exchange.kind == "direct") return pattern == routing_key;
  return exchange.kind == "topic" && topic_matches(pattern, routing_key);
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view key) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin <= key.size();) {
    const auto end = std::min(key.find('.', begin), key.size());
    words.push_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

bool topic_matches(std::string_view pattern, std::string_view routing_key) {
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

const queue_declaration* target_of(const topology& t, std::string_view exchange, std::string_view routing_key) {
  if (exchange.empty()) return queue_of(t, routing_key);
  auto known = std::find_if(t.exchanges.begin(), t.exchanges.end(), [&](const auto& each) { return each.name == exchange; });
  if (known == t.exchanges.end()) return nullptr;
  for (auto& binding : t.bindings)
    if (binding.exchange == exchange && routes(*known, binding.routing_key, routing_key)) return queue_of(t, binding.queue);
  return nullptr;
}

}  // namespace millrace::amqp
