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
  bool passive = false;   ///< only looked at: it is an error if it does not exist, and the arguments do not count
};
struct binding_declaration {
  std::string exchange;
  std::string queue;
  std::string routing_key;
};

/// What must exist on the broker. Declaring is idempotent; a queue that exists with other arguments is an error that the
/// broker words ("inequivalent arg 'x-max-priority' …") and that we pass on.
struct topology {
  std::vector<exchange_declaration> exchanges;
  std::vector<queue_declaration> queues;
  std::vector<binding_declaration> bindings;
};

}  // namespace millrace::amqp
