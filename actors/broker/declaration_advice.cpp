#include "actors/broker/declaration_advice.hpp"

namespace millrace::actors {
namespace {

/// The text between `before` and `after`, or up to the end if `after` is empty.
std::optional<std::string_view> between(std::string_view text, std::string_view before, std::string_view after) {
  const auto begin = text.find(before);
  if (begin == text.npos) return std::nullopt;
  text.remove_prefix(begin + before.size());
  const auto end = after.empty() ? text.size() : text.find(after);
  return end == text.npos ? std::nullopt : std::optional{text.substr(0, end)};
}

/// RabbitMQ writes a value as `'10'`, as `the value '10' of type 'signedint'` or as `none`.
std::string value_of(std::string_view text) {
  return std::string{between(text, "'", "'").value_or(text.substr(0, text.find(' ')))};
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

std::optional<argument_difference> read_difference(std::string_view error) {
  const auto argument = between(error, "inequivalent arg '", "'");
  const auto want = between(error, "received ", " but current is ");
  const auto have = between(error, " but current is ", "");
  if (!argument || !want || !have) return std::nullopt;
  return argument_difference{std::string{*argument}, value_of(*have), value_of(*want)};
}

std::string explain(const amqp::declaration_result& failed) {
  const auto kind = std::string{failed.is_queue ? "queue" : "exchange"};
  if (const auto d = read_difference(failed.problem))
    return kind + " '" + failed.name + "' exists with other arguments: " + d->argument + " is " + d->have + " and must be " +
           d->want;
  return failed.problem;
}

std::string advice_for(const amqp::declaration_result& failed) {
  const std::string kind = failed.is_queue ? "queue" : "exchange";
  if (read_difference(failed.problem)) {
    if (failed.is_queue)
      return "drain the queue with its previous consumers and delete it, or configure another name (queues.<queue>.name); "
             "Millrace then creates it";
    return "delete the exchange; Millrace then creates it";
  }
  if (contains(failed.problem, "limit"))
    return "raise the queue limit of the virtual host, or delete queues that nobody needs";
  switch (failed.code) {
    case 403:
      return "create the " + kind + " (`millrace topology` lists it), or grant the user the configure permission for it";
    case 404:
      return "start the broker node that holds the " + kind + ", or restore it; see `rabbitmqctl list_queues name state`";
    case 405:
      return "close the connection that uses the " + kind + " exclusively";
    case 406:
      return "compare the " + kind + " with `millrace topology`";
    default:
      return "check that a majority of the broker's nodes is running: `rabbitmq-diagnostics cluster_status`";
  }
}

}  // namespace millrace::actors
