#include "runtime/program/doctor/failover_warnings.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::doctor;

namespace {

bool mentions(const std::optional<failover_warning>& w, const std::string& text) {
  return w && w->problem.find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failover_warnings)

BOOST_AUTO_TEST_CASE(one_broker_and_three_brokers_cause_no_warning) {
  BOOST_TEST(!check_broker_failover({}));
  BOOST_TEST(!check_broker_failover({.cluster = broker_cluster{}}));
  BOOST_TEST(!check_broker_failover({.configured_hosts = 3}));
  BOOST_TEST(!check_broker_failover({.configured_hosts = 3, .cluster = broker_cluster{3, 3, false}}));
}

BOOST_AUTO_TEST_CASE(a_cluster_that_cannot_lose_a_broker_causes_a_warning) {
  BOOST_TEST(mentions(check_broker_failover({.configured_hosts = 2}), "a cluster of 2 brokers stops"));
  BOOST_TEST(mentions(check_broker_failover({.configured_hosts = 3, .cluster = broker_cluster{3, 2, false}}),
                      "2 of 3 brokers run"));
  BOOST_TEST(mentions(check_broker_failover({.cluster = broker_cluster{3, 3, false}}),
                      "amqp.urls names 1 host of a cluster of 3 brokers"));
}

BOOST_AUTO_TEST_CASE(a_partitioned_cluster_causes_a_warning) {
  const auto warning = check_broker_failover({.configured_hosts = 3, .cluster = broker_cluster{3, 2, true}});
  BOOST_TEST(mentions(warning, "partitioned"));
  BOOST_TEST(warning->advice.find("cluster_status") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_single_database_server_causes_no_warning) { BOOST_TEST(!check_database_failover({})); }

BOOST_AUTO_TEST_CASE(each_sign_of_database_replication_causes_a_warning) {
  BOOST_TEST(mentions(check_database_failover({.configured_hosts = 2}), "names 2 hosts"));
  BOOST_TEST(mentions(check_database_failover({.replicas = 1}), "1 connected replica."));
  const auto standby = check_database_failover({.replicas = 2, .standby = true});
  BOOST_TEST(mentions(standby, "a standby (in recovery), the server has 2 connected replicas."));
  BOOST_TEST(mentions(standby, "not proven yet"));
  BOOST_TEST(standby->advice.find("the primary") != std::string::npos);
  BOOST_TEST(standby->advice.find("docs/reliability.md") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
