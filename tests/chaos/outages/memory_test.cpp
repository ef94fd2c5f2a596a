// Memory stays bounded when nothing can be committed, and when every body is as large as it may be.
#include "tests/chaos/outages/outage.hpp"

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;
using server = own_servers::server;

namespace {

constexpr std::size_t MiB = 1024 * 1024;

/// The bound of what one node may take, in bytes: what it needs by itself, the byte budget of deliveries in memory with one
/// body over it, and the copies of one batch on its way to the database.
constexpr std::size_t bound(std::size_t largest_body) { return (60 + 32) * MiB + 5 * largest_body; }

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(a_database_frozen_for_a_minute_under_full_load_costs_no_memory,
                     *boost::unit_test::precondition(in_long_mode)) {
  outage o;
  o.begin(20'000);
  o.servers.signal(server::postgres, SIGSTOP);
  auto stopped = std::chrono::steady_clock::now();
  BOOST_REQUIRE(o.noticed());
  BOOST_CHECK(wait_until([&] { return std::chrono::steady_clock::now() - stopped > 1min; }, 2min));
  BOOST_CHECK_LT(o.s.server().peak_memory(), bound(0));
  o.servers.signal(server::postgres, SIGCONT);
  o.recover();
  BOOST_CHECK_LT(o.s.server().peak_memory(), bound(0));
}

BOOST_AUTO_TEST_CASE(a_hundred_bodies_of_16_MiB_fit_into_little_memory, *boost::unit_test::precondition(in_long_mode)) {
  constexpr std::size_t body_bytes = 16 * MiB;
  outage o;
  const std::string head = R"({"debit":"a","credit":"b","currency":"EUR","amount":1,"memo":")";
  auto large = o.s.write("large.json", head + std::string(body_bytes - head.size() - 2, 'x') + "\"}");
  BOOST_REQUIRE_EQUAL(
      o.s.run({"publish", "transaction.transfer", "@" + large, "--queue", "data-processing", "--count", "100"}), 0);
  o.s.serve();
  // The memo is too long, so each ends as a dead letter that holds the whole body.
  BOOST_CHECK(wait_until([&] { return o.query("select count(*) from millrace.dead_letter") == "100"; }, 3min));
  BOOST_CHECK_LT(o.s.server().peak_memory(), bound(body_bytes));
}

BOOST_AUTO_TEST_SUITE_END()
