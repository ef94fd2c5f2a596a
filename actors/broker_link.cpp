#include "actors/broker_link.hpp"

#include "monitoring/log.hpp"

#include <map>

namespace millrace {
namespace {

using monitoring::level;

/// The connections' story, told on the event loop's thread.
broker::events reporter(node_ptr shared) {
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
            monitoring::log(level::warn, "broker not connected, trying again", {{"connection", connection}, {"error", why}});
          },
      .blocked =
          [shared](bool blocked, const std::string& why) {
            shared->metrics.broker_blocked(blocked);
            monitoring::log(level::warn, blocked ? "broker blocks publishers" : "broker unblocked publishers",
                            {{"reason", why}});
          },
  };
}

}  // namespace

broker_link_state::~broker_link_state() {
  if (connections) connections->close(std::chrono::milliseconds{1'000});
}

caf::behavior broker_link(caf::stateful_actor<broker_link_state>* self, node_ptr shared) {
  self->state.connections = std::make_shared<broker>(shared->loop, shared->settings, reporter(shared));
  shared->addresses.put_broker(self->state.connections);
  self->state.shared = std::move(shared);
  return {[](const tick&) {}};
}

}  // namespace millrace
