#include "actors/broker/queue_depths.hpp"

#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::config;
using namespace millrace::test;

namespace {

constexpr auto counted = R"([
  {"name": "email", "messages_ready": 7, "messages_unacknowledged": 3, "consumers": 2},
  {"name": "new"}
])";

config::amqp_settings asking() {
  config::amqp_settings s;
  s.urls = {secret{"amqp://miller:p%40ss@broker/a%2Fb"}};
  s.management_url = "http://broker:15672/";
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(depths_of_queues)

BOOST_AUTO_TEST_CASE(each_queue_has_its_numbers_and_one_that_was_not_counted_yet_has_none) {
  auto read = read_depths(counted);
  BOOST_REQUIRE(read);
  BOOST_TEST(read->size() == 2U);
  BOOST_TEST((read->at("email").ready == 7U && read->at("email").unacked == 3U && read->at("email").consumers == 2U));
  BOOST_TEST((!read->at("new").ready && !read->at("new").unacked && !read->at("new").consumers));
}

BOOST_AUTO_TEST_CASE(an_invalid_list_of_queues_is_an_error) {
  for (const auto* text : {"", "{}", "[1]", "[{\"messages_ready\": 1}]", "[{\"name\": 1}]", "[{\"name\": \"email\""})
    BOOST_TEST(!read_depths(text), text);
  BOOST_TEST(!read_depths(R"([{"name": "email", "messages_ready": -1}])")->at("email").ready);
}

BOOST_AUTO_TEST_CASE(the_broker_is_asked_for_its_virtual_host_as_the_user_of_the_first_url) {
  fake_http_client broker;
  broker.answers.emplace_back(http::response{200, {}, counted});
  BOOST_TEST(ask_depths(broker, asking())->at("email").ready.value() == 7U);
  auto& request = broker.requests.at(0);
  BOOST_TEST(request.method == "GET");
  BOOST_TEST(request.url ==
             "http://broker:15672/api/queues/a%2Fb?columns=name,messages_ready,messages_unacknowledged,consumers");
  BOOST_TEST(request.headers.at(0).second == "Basic bWlsbGVyOnBAc3M=");
}

BOOST_AUTO_TEST_CASE(the_reason_for_a_missing_response_is_reported) {
  fake_http_client broker;
  broker.answers.emplace_back(http::response{401, {}, "{}"});
  BOOST_TEST(ask_depths(broker, asking()).error() == "HTTP status 401");
  broker.answers.emplace_back(http::response{200, {}, "<html>"});
  BOOST_TEST(ask_depths(broker, asking()).error() == "malformed response");
  broker.answers.emplace_back(tl::unexpected(http::failure{http::transfer_error::connect, "refused"}));
  BOOST_TEST(ask_depths(broker, asking()).error() == "refused");
}

BOOST_AUTO_TEST_CASE(the_state_of_a_cluster_counts_brokers_and_notices_partitions) {
  const auto whole = read_cluster(R"([{"name": "a", "running": true, "partitions": []}, {"name": "b", "running": true}])");
  BOOST_REQUIRE(whole.has_value());
  BOOST_TEST((whole->brokers == 2 && whole->running == 2 && !whole->partitioned));
  const auto torn =
      read_cluster(R"([{"name": "a", "running": true, "partitions": ["b"]}, {"name": "b", "running": false}])");
  BOOST_REQUIRE(torn.has_value());
  BOOST_TEST((torn->brokers == 2 && torn->running == 1 && torn->partitioned));
  for (const auto* text : {"", "{}", "[1]"}) BOOST_TEST(!read_cluster(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
