#include "actors/broker/queue_depths.hpp"

#include "actors/node/connector_options.hpp"
#include "config/text/encoding.hpp"
#include "connectors/amqp/options.hpp"

#include <nlohmann/json.hpp>

#include <future>
#include <memory>

namespace millrace::actors {
namespace {

using nlohmann::json;
using answer = tl::expected<http::response, http::failure>;

http::request request_for(const config::amqp_settings& s, const amqp::endpoint& broker, const std::string& path) {
  auto url = s.management_url;
  while (url.ends_with('/')) url.pop_back();
  url += path;
  return {.method = "GET",
          .url = std::move(url),
          .headers = {{"Authorization", "Basic " + text::to_base64(broker.user + ":" + broker.password.reveal())}},
          .body = {},
          .timeout = management_patience};
}

std::optional<std::uint64_t> number_in(const json& queue, const char* name) {
  const auto found = queue.find(name);
  if (found == queue.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

/// The body of the answer to GET `path_of(broker)`.
tl::expected<std::string, std::string> ask_management(http::client& management, const config::amqp_settings& s,
                                                      std::string (*path_of)(const amqp::endpoint& broker)) {
  const auto broker = amqp::parse_url(s.urls.at(0).reveal());
  if (!broker) return tl::unexpected("amqp.urls: " + broker.error());
  auto promise = std::make_shared<std::promise<answer>>();
  auto waiting = promise->get_future();
  management.send(request_for(s, *broker, path_of(*broker)), [promise](answer a) { promise->set_value(std::move(a)); });
  // The request's own time-out starts once it has a connection. The caller must not wait for a connection in addition.
  if (waiting.wait_for(management_patience) != std::future_status::ready)
    return tl::unexpected(std::string{"no answer within one second"});
  const auto got = waiting.get();
  if (!got) return tl::unexpected(got.error().message);
  if (got->status != 200) return tl::unexpected("HTTP status " + std::to_string(got->status));
  if (!got->incomplete.empty()) return tl::unexpected("response incomplete: " + got->incomplete);
  return got->body;
}

constexpr auto unreadable_answer = "malformed response";

}  // namespace

std::optional<queue_depths> read_depths(std::string_view text) {
  const auto read = json::parse(text, nullptr, false);
  if (!read.is_array()) return std::nullopt;
  queue_depths all;
  for (const auto& queue : read) {
    const auto name = queue.is_object() ? queue.find("name") : queue.end();
    if (name == queue.end() || !name->is_string()) return std::nullopt;
    all[name->get<std::string>()] = {.ready = number_in(queue, "messages_ready"),
                                     .unacked = number_in(queue, "messages_unacknowledged"),
                                     .consumers = number_in(queue, "consumers")};
  }
  return all;
}

tl::expected<queue_depths, std::string> ask_depths(http::client& management, const config::amqp_settings& s) {
  const auto body = ask_management(management, s, [](const amqp::endpoint& broker) {
    return "/api/queues/" + text::percent_encoded(broker.vhost) +
           "?columns=name,messages_ready,messages_unacknowledged,consumers";
  });
  if (!body) return tl::unexpected(body.error());
  auto depths = read_depths(*body);
  if (!depths) return tl::unexpected(std::string{unreadable_answer});
  return *std::move(depths);
}

std::optional<cluster_state> read_cluster(std::string_view text) {
  const auto read = json::parse(text, nullptr, false);
  if (!read.is_array()) return std::nullopt;
  cluster_state state{.brokers = read.size()};
  for (const auto& node : read) {
    if (!node.is_object()) return std::nullopt;
    const auto running = node.find("running"), partitions = node.find("partitions");
    state.running += running != node.end() && *running == true;
    state.partitioned |= partitions != node.end() && partitions->is_array() && !partitions->empty();
  }
  return state;
}

tl::expected<cluster_state, std::string> ask_cluster(http::client& management, const config::amqp_settings& s) {
  const auto body = ask_management(
      management, s, [](const amqp::endpoint&) { return std::string{"/api/nodes?columns=name,running,partitions"}; });
  if (!body) return tl::unexpected(body.error());
  const auto state = read_cluster(*body);
  if (!state) return tl::unexpected(std::string{unreadable_answer});
  return *state;
}

}  // namespace millrace::actors
