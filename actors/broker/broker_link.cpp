#include "actors/broker/broker_link.hpp"

#include "monitoring/log/log.hpp"

#include <map>

namespace millrace::actors {
namespace {

using monitoring::level;

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
