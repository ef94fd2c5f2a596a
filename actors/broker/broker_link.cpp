#include "actors/broker/broker_link.hpp"

#include "actors/broker/declaration_advice.hpp"
#include "monitoring/log/log.hpp"

#include <map>

namespace millrace::actors {
namespace {

using monitoring::level;

/// Reports what could be declared. A queue that failed is named in readiness until it is declared.
void report_declaration(const node_ptr& shared, const amqp::declaration_result& result) {
  const std::string kind = result.is_queue ? "queue" : "exchange";
  const auto component = "declaration of " + kind + " " + result.name;
  const bool ok = result.problem.empty();
  if (result.is_queue) shared->metrics.queue_up(result.name, "declared", ok);
  const auto known = shared->health.components();
  const auto before = known.find(component);
  if (ok) {
    if (!result.unchecked.empty())
      monitoring::log(level::info, kind + " exists; its arguments were not checked for lack of the configure permission",
                      {{kind, result.name}, {"error", result.unchecked}});
    if (before == known.end() || before->second.ready) return;
    shared->health.report(component, true);
    return monitoring::log(level::info, kind + " declared", {{kind, result.name}});
  }
  const auto problem = explain(result), advice = advice_for(result);
  shared->health.report(component, false, problem);
  monitoring::log(level::error, kind + " cannot be declared; retrying while everything else runs",
                  {{kind, result.name}, {"error", problem}, {"advice", advice}});
}

/// Reports connection events to metrics, health and log. Called on the event loop's thread.
broker_connections::events reporter(const node_ptr& shared) {
  auto ups = std::make_shared<std::map<std::string, int>>();
  return {
      .up =
          [shared, ups](const std::string& connection) {
            if ((*ups)[connection]++ > 0) shared->metrics.reconnected(connection);
            shared->metrics.connection_up(connection, true);
            shared->health.report("broker " + connection, true);
            monitoring::log(level::info, "broker connected", {{"connection", connection}});
          },
      .down =
          [shared](const std::string& connection, const std::string& why) {
            shared->metrics.connection_up(connection, false);
            shared->health.report("broker " + connection, false, why);
            monitoring::log(level::warn, "broker not connected; reconnecting", {{"connection", connection}, {"error", why}});
          },
      .blocked =
          [shared](bool blocked, const std::string& why) {
            shared->metrics.broker_blocked(blocked);
            monitoring::log(level::warn, blocked ? "broker blocks publishers" : "broker unblocked publishers",
                            {{"reason", why}});
          },
      .declaration = [shared](const amqp::declaration_result& result) { report_declaration(shared, result); },
  };
}

caf::behavior broker_link(caf::stateful_actor<broker_link_state>* self, std::shared_ptr<broker_connections> connections) {
  self->state.connections = std::move(connections);
  return {[](const tick&) {}};
}

}  // namespace

broker_link_state::~broker_link_state() {
  if (connections) connections->close(std::chrono::milliseconds{1'000});
}

caf::actor start_broker_link(caf::event_based_actor* parent, const node_ptr& shared) {
  for (const auto* connection : {"amqp_consume", "amqp_publish"}) shared->metrics.connection_up(connection, false);
  shared->metrics.broker_blocked(false);  // a blocked broker notifies a new connection
  // Created before the actor: its siblings start concurrently, may run before its first message, and need the connections
  // then.
  auto connections = std::make_shared<broker_connections>(shared->loop, shared->settings, reporter(shared));
  shared->directory.put_broker(connections);
  return parent->spawn(supervision::probed(broker_link), std::move(connections));
}

}  // namespace millrace::actors
