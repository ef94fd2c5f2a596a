#include "config/suggestion.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::config;

BOOST_AUTO_TEST_SUITE(suggestion)

BOOST_AUTO_TEST_CASE(edit_distance_counts_single_changes) {
  BOOST_TEST(edit_distance("", "") == 0U);
  BOOST_TEST(edit_distance("heartbeat", "heartbeat") == 0U);
  BOOST_TEST(edit_distance("hartbeat", "heartbeat") == 1U);
  BOOST_TEST(edit_distance("haertbeat", "heartbeat") == 1U);
  BOOST_TEST(edit_distance("", "abc") == 3U);
  BOOST_TEST(edit_distance("kitten", "sitting") == 3U);
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_found_unless_it_is_too_different) {
  const std::vector<std::string> names{"amqp.heartbeat", "amqp.urls", "smtp.url"};
  BOOST_TEST(nearest("amqp.hartbeat", names) == "amqp.heartbeat");
  BOOST_TEST(nearest("amqp.url", names) == "amqp.urls");
  BOOST_TEST(nearest("heartbeat", names) == "amqp.heartbeat");
  BOOST_TEST(nearest("colour", names) == "");
  BOOST_TEST(nearest(std::string(100'000, 'x'), names) == "");
}

BOOST_AUTO_TEST_SUITE_END()
