#pragma once

#include "connectors/amqp/client.hpp"
#include "tests/support/servers.hpp"
#include "tests/unit/connectors/amqp/driven_loop.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>

namespace millrace::amqp::test {

inline client_options options_for(const std::string& url) {
  client_options made;
  made.hosts.push_back(parse_url(url).value());
  made.connection_name = millrace::test::unique_name("test");
  made.reconnect_min = std::chrono::milliseconds(10);
  made.reconnect_max = std::chrono::milliseconds(200);
  return made;
}

inline topology queue_named(const std::string& name, field_table arguments = {}) {
  topology made;
  made.queues.push_back({name, std::move(arguments)});
  return made;
}

/// A client whose events are counted, stopped at the end of its scope.
struct broker_client {
  driven_loop& loop;
  int ups = 0;
  std::vector<std::string> downs;
  std::vector<bool> blocks;
  std::map<std::string, declaration_result> results;  ///< the latest of each queue and exchange
  std::optional<client> held;

  broker_client(driven_loop& on, client_options options, topology declare = {}) : loop(on) {
    client_events events;
    events.up = [this] { ++ups; };
    events.down = [this](const std::string& why, std::chrono::milliseconds) { downs.push_back(why); };
    events.blocked = [this](bool blocked, const std::string&) { blocks.push_back(blocked); };
    events.declaration = [this](const declaration_result& result) { results[result.name] = result; };
    held.emplace(loop.get(), std::move(options), std::move(declare), std::move(events));
    held->start();
  }
  ~broker_client() { stop(); }
  broker_client(const broker_client&) = delete;
  broker_client& operator=(const broker_client&) = delete;

  /// The code of the refusal of this queue or exchange; 0: declared, or not answered yet.
  int failed(const std::string& name) { return results[name].problem.empty() ? 0 : results[name].code; }

  client* operator->() { return &*held; }

  void wait_up(int times = 1) {
    bool up = loop.run_until([&] { return ups >= times; });
    BOOST_REQUIRE_MESSAGE(up, "not up" << (downs.empty() ? "" : ": " + downs.back()));
  }
  void stop() {
    if (!held) return;
    bool stopped = false;
    held->stop(std::chrono::seconds(2), [&] { stopped = true; });
    BOOST_CHECK(loop.run_until([&] { return stopped; }));
    held.reset();
  }

  /// Publishes one message to a queue and waits for its confirm.
  std::pair<confirm, std::string> publish(const std::string& queue, const std::string& body, properties props = {},
                                          const std::string& exchange = "") {
    std::optional<std::pair<confirm, std::string>> answer;
    outgoing message{exchange, queue, std::move(props), body};
    BOOST_REQUIRE(loop.run_until([&] { return (*this)->publish_capacity() > 0; }));
    BOOST_REQUIRE((*this)->publish(message, [&](confirm what, const std::string& why) { answer.emplace(what, why); }));
    BOOST_REQUIRE(loop.run_until([&] { return answer.has_value(); }));
    return *answer;
  }
};

/// A subscription that records all its events.
struct kept_subscription {
  struct kept {
    channel_epoch epoch;
    delivery message;
  };
  std::vector<channel_epoch> epochs;
  std::vector<kept> deliveries;
  std::vector<std::string> interruptions;
  std::size_t largest_batch = 0;

  subscription_events events() {
    subscription_events made;
    made.consuming = [this](channel_epoch epoch) { epochs.push_back(epoch); };
    made.deliveries = [this](channel_epoch epoch, std::vector<delivery> batch) {
      largest_batch = std::max(largest_batch, batch.size());
      for (auto& each : batch) deliveries.push_back({epoch, std::move(each)});
    };
    made.interrupted = [this](channel_epoch, const std::string& why) { interruptions.push_back(why); };
    return made;
  }
};

}  // namespace millrace::amqp::test
