// Rows of ordered queues.
#include "connectors/postgres/cluster/schedule_store.hpp"
#include "tests/integration/connectors/postgres/task/outbox_fixture.hpp"

using namespace millrace;
using namespace millrace::postgres;
using std::chrono::milliseconds;

BOOST_FIXTURE_TEST_SUITE(outbox_order, outbox_database)

BOOST_AUTO_TEST_CASE(rows_of_ordered_queues_are_taken_in_order_by_one_relay_at_a_time) {
  const auto ordered = [](const char* id) {
    auto row = message(id);
    row.exchange = "millrace";
    row.routing_key = "ledger.open_account";
    return row;
  };
  add({message("x"), ordered("a"), ordered("b"), ordered("c")});
  postgres::session other(options());
  const auto taken_by_other = [&] {
    taken_rows taken;
    BOOST_REQUIRE(other.run([&](unit_of_work& work) { taken = take_due(work, 10, minute); }));
    return taken;
  };
  std::vector<outbox_row> held;
  run([&](unit_of_work& work) {
    held = take_due(work, 2, minute).rows;
    BOOST_TEST(ids(held) == "a b ");
    const auto meanwhile = taken_by_other();
    BOOST_TEST(ids(meanwhile.rows) == "x ");
    BOOST_TEST(meanwhile.ordered_wait);
  });
  BOOST_TEST(ids(taken_by_other().rows) == "");
  BOOST_TEST((!next() || *next() > milliseconds{1'000}));  // a relay that polled for c would spin
  run([&](unit_of_work& work) { postgres::remove(work, std::vector<std::int64_t>{held[0].id}); });
  run([&](unit_of_work& work) { release(work, std::vector<std::int64_t>{held[1].id}, minute); });
  BOOST_TEST(ids(taken_by_other().rows) == "");
  exec("update millrace.outbox set locked_until = now() - interval '1 second' where locked_until is not null");
  const auto rest = taken_by_other();
  BOOST_TEST(ids(rest.rows).starts_with("b c "));
  BOOST_TEST(!rest.ordered_wait);
}

BOOST_AUTO_TEST_CASE(rows_of_ordered_queues_are_taken_while_another_session_leads_the_schedulers) {
  postgres::session leader(options());
  int backend = 0;
  BOOST_REQUIRE(leader.run([&](unit_of_work& work) { BOOST_TEST(lead_schedulers(work, backend)); }));
  auto row = message("a");
  row.routing_key = "priority.ledger";
  add({row});
  BOOST_TEST(ids(take()) == "a ");
}

BOOST_AUTO_TEST_CASE(rows_are_recognised_by_the_routes_to_ordered_queues) {
  const auto marked = [&](const std::string& exchange, const std::string& key) {
    auto row = message(key);
    row.exchange = exchange;
    row.routing_key = key;
    add({row});
    return ask("select ordered from millrace.outbox order by id desc limit 1") == "t";
  };
  BOOST_TEST(marked("millrace", "transaction.transfer"));
  BOOST_TEST(marked("", "priority.ledger"));
  BOOST_TEST(!marked("", "transaction.transfer"));
  BOOST_TEST(!marked("millrace", "notification.email"));
  exec("select millrace.enqueue('ledger.open_account', '{}')");
  BOOST_TEST(ask("select ordered from millrace.outbox order by id desc limit 1") == "t");
}

BOOST_AUTO_TEST_CASE(routes_are_added_for_waiting_rows_too_and_those_of_other_nodes_stay) {
  auto billing = message("bill");
  billing.exchange = "millrace";
  billing.routing_key = "billing";
  const auto mark = [&] { return ask("select string_agg(ordered::text, ' ' order by id) from millrace.outbox"); };
  add({billing, message("other")});
  BOOST_TEST(mark() == "false false");
  const std::vector<ordered_route> routes{{"millrace", "^billing$"}};
  run([&](unit_of_work& work) { write_ordered_routes(work, routes), write_ordered_routes(work, routes); });
  BOOST_TEST(mark() == "true false");
  auto ledger = message("ledger");
  ledger.routing_key = "priority.ledger";
  add({billing, ledger});
  BOOST_TEST(mark() == "true false true true");
}

BOOST_AUTO_TEST_CASE(a_row_of_an_ordered_queue_keeps_its_place_up_to_its_eighth_refusal) {
  auto refused = message("refused"), behind = message("behind");
  refused.routing_key = behind.routing_key = "priority.ledger";
  add({refused, behind});
  const auto id = take(1)[0].id;
  for (int round = 1; round <= 8; ++round) {
    run([&](unit_of_work& work) { refuse(work, std::vector{id}); });
    BOOST_TEST(ids(take()) == "");
    exec("update millrace.outbox set locked_until = now() - interval '1 second' where locked_until is not null");
    BOOST_TEST(ids(take(1)) == "refused ");
  }
  run([&](unit_of_work& work) { refuse(work, std::vector{id}); });
  BOOST_TEST(ids(take()) == "behind ");
}

BOOST_AUTO_TEST_SUITE_END()
