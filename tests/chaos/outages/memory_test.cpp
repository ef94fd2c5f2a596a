// Memory stays bounded when nothing can be committed, and when every body has the maximum size.
#include "tests/chaos/outages/outage.hpp"

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;
using server = own_servers::server;
using boost::unit_test::precondition;

namespace {

constexpr std::size_t MiB = 1024 * 1024;

/// The memory limit of a node in bytes: 60 MiB for itself at full load; the byte budget of undecided deliveries (32 MiB)
/// and the one body that exceeds it; and four copies of one body in a batch: the parsed text, the parameter, and the send
/// buffers of libpq in two connections.
constexpr std::size_t bound(std::size_t largest_body) { return (60 + 32) * MiB + 5 * largest_body; }

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(a_database_frozen_for_a_minute_under_full_load_costs_no_memory, *precondition(in_long_mode)) {
  outage o;
  o.begin(20'000);
  o.servers.signal(server::postgres, SIGSTOP);
  auto stopped = std::chrono::steady_clock::now();
  // At least a minute, and until the broker has confirmed everything, even with a slow producer.
  BOOST_REQUIRE(wait_until([&] { return std::chrono::steady_clock::now() - stopped > 1min && o.load_ended(); }, 10min));
  BOOST_CHECK_LT(o.s.server().peak_memory(), bound(0));
  o.servers.signal(server::postgres, SIGCONT);
  o.recover();
  BOOST_CHECK_LT(o.s.server().peak_memory(), bound(0));
}

BOOST_AUTO_TEST_CASE(a_hundred_bodies_of_16_MiB_fit_into_little_memory, *precondition(in_long_mode)) {
  constexpr std::size_t body_bytes = 16 * MiB;
  constexpr int at_once = 10, all = 100;
  outage o;
  const std::string head = R"({"debit":"a","credit":"b","currency":"EUR","amount":1,"memo":")";
  auto large = o.s.write("large.json", head + std::string(body_bytes - head.size() - 2, 'x') + "\"}");
  o.s.serve();
  for (int published = 0; published < all; published += at_once) {  // the memory of the broker is limited too
    BOOST_REQUIRE_EQUAL(o.s.run({"publish", "transaction.transfer", "@" + large, "--queue", "data-processing", "--count",
                                 std::to_string(at_once)}),
                        0);
    // The memo is too long, so each task becomes a dead letter with its whole body.
    auto buried = [&] { return std::stoi(o.query("select count(*) from millrace.dead_letter")) >= published + at_once; };
    BOOST_REQUIRE(wait_until(buried, 1min));
  }
  BOOST_CHECK_LT(o.s.server().peak_memory(), bound(body_bytes));
}

BOOST_AUTO_TEST_SUITE_END()
