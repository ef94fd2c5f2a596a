#pragma once

#include "connectors/amqp/topology.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::actors {

/// An argument of a queue or exchange that differs from its declaration.
struct argument_difference {
  std::string argument;
  std::string have;  ///< on the broker; "none" if absent
  std::string want;  ///< as declared; "none" if absent
  bool operator==(const argument_difference&) const = default;
};

/// The difference named by RabbitMQ's error "inequivalent arg …" (reply code 406). Empty for every other text. RabbitMQ
/// names the first difference only.
std::optional<argument_difference> read_difference(std::string_view error);

/// What to do about a failed declaration: one sentence without a period.
std::string advice_for(const amqp::declaration_result& failed);

/// The problem of a failed declaration. For other arguments, it names the argument and both values.
std::string explain(const amqp::declaration_result& failed);

}  // namespace millrace::actors
