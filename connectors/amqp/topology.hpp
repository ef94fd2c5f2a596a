#pragma once

#include "connectors/amqp/field_table.hpp"

#include <string>
#include <vector>

namespace millrace::amqp {

struct exchange_declaration {
  std::string name;
  std::string kind;  ///< direct, topic, fanout, headers
  field_table arguments;
};
struct queue_declaration {
  std::string name;
  field_table arguments;  ///< all durable, not exclusive, not auto-delete
  bool passive = false;   ///< only checked: an error if it does not exist; the arguments are ignored
};
struct binding_declaration {
  std::string exchange;
  std::string queue;
  std::string routing_key;
};

/// The entities that must exist on the broker. Declaring is idempotent. If a queue exists with other arguments, the
/// broker's error ("inequivalent arg 'x-max-priority' …") is reported.
struct topology {
  std::vector<exchange_declaration> exchanges;
  std::vector<queue_declaration> queues;
  std::vector<binding_declaration> bindings;
};

}  // namespace millrace::amqp
