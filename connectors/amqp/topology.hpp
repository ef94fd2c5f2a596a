#pragma once

#include "connectors/amqp/field_table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::amqp {

struct exchange_declaration {
  std::string name;
  std::string kind;  ///< direct, topic, fanout, headers
  field_table arguments;
  bool passive = false;  ///< only checked: an error if it does not exist; kind and arguments are ignored
};
struct queue_declaration {
  std::string name;
  field_table arguments;  ///< all durable, not exclusive, not auto-delete
  bool passive = false;   ///< only checked: an error if it does not exist; the arguments are ignored
};
struct binding_declaration {
  std::string exchange;
  std::string queue;  ///< one of the topology's queues
  std::string routing_key;
};

/// The entities that must exist on the broker. Declaring is idempotent.
struct topology {
  std::vector<exchange_declaration> exchanges;
  std::vector<queue_declaration> queues;
  std::vector<binding_declaration> bindings;
};

/// Whether an exchange or queue, with its bindings, exists on the broker as declared.
struct declaration_result {
  std::string name;
  bool is_queue = false;
  std::uint16_t code = 0;  ///< of the broker's refusal (AMQP 0-9-1, reply codes); 0: success, or no refusal by the broker
  std::string problem;     ///< empty: success; else names the entity and holds the broker's error
  std::string unchecked;   ///< the refusal if the user may not declare it: it exists, but may differ from its declaration
  bool operator==(const declaration_result&) const = default;
};

}  // namespace millrace::amqp
