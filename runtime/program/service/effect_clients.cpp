#include "runtime/program/service/effect_clients.hpp"

#include "actors/node/connector_options.hpp"
#include "connectors/http/breaking_client.hpp"
#include "connectors/smtp/breaking_client.hpp"

namespace millrace::service {

effect_clients::effect_clients(actors::node_context& node) {
  const auto& s = node.settings;
  auto& loop = node.loop;
  const auto post = [&loop](std::function<void()> job) { loop.post(std::move(job)); };
  // Its name is the label `dependency` of the metric.
  const auto breakers = [&](const char* dependency) -> resilience::circuit_breakers& {
    return node.breakers.try_emplace(dependency, actors::breaker_limits(s)).first->second;
  };

  http_ = supervision::make_on_loop(loop, [&] {
    return http::make_breaking_client(http::make_client(loop.uv(), post, actors::webhook_options(s)), breakers("webhook"));
  });
  mail_ = smtp::make_breaking_client(smtp::make_client(actors::mail_options(s)), breakers("email"));
}

}  // namespace millrace::service
