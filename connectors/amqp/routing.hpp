#pragma once

#include "connectors/amqp/topology.hpp"

#include <string_view>
#include <vector>

namespace millrace::amqp {

/// The words of a routing key or topic pattern, separated by dots; at least one, which may be empty.
std::vector<std::string_view> words_of(std::string_view key);

/// True if a binding with this topic pattern routes the key (AMQP 0-9-1, section 3.1.3.3): words are separated by dots, `*`
/// matches one word, `#` any number of words, including zero.
bool topic_matches(std::string_view pattern, std::string_view routing_key);

/// The queue of the topology that a message published to `exchange` with `routing_key` reaches, the first if several do;
/// null if the topology routes it nowhere. Covers the default exchange and exchanges of kind direct, fanout and topic.
const queue_declaration* target_of(const topology& t, std::string_view exchange, std::string_view routing_key);

}  // namespace millrace::amqp
