#include "actors/storage/postgres_connection.hpp"

#include "actors/pipeline/committer.hpp"
#include "actors/storage/postgres_pool.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

#include <caf/scoped_actor.hpp>

using namespace millrace;
using namespace millrace::actors;
using namespace std::chrono_literals;

namespace {

/// Never finishes a batch that contains a task with the payload "slow".
struct maybe_slow : transactional_handler {
  static constexpr auto type = "test.slow";
  std::vector<outcome> execute(unit_of_work& work, std::span<const task> batch) override {
    for (auto& t : batch)
      if (t.payload.view() == R"("slow")") work.transaction().exec("select pg_sleep(60)");
    return std::vector<outcome>(batch.size(), succeeded{});
  }
};

/// A connection of a pool that the test replaces.
struct connected : test::migrated_database {
  node_ptr shared = std::make_shared<node_context>();
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor test{system};
  caf::actor connection;

  connected() {
    shared->directory.put("postgres pool tasks", caf::actor_cast<caf::actor>(test));
    auto impatient = options();
    impatient.statement_timeout = 100ms;
    connection = system.spawn<caf::detached>(postgres_connection, shared, std::string{"tasks"}, impatient);
    wait_until_ready();
  }
  ~connected() {
    caf::anon_send_exit(connection, caf::exit_reason::kill);
    test->wait_for(connection);
    shared->directory.clear();
  }
  void wait_until_ready() {
    test->receive([](const connection_ready&) {});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connections, connected)

BOOST_AUTO_TEST_CASE(a_unit_that_is_always_too_slow_is_at_fault_itself) {
  auto me = caf::actor_cast<caf::actor>(test);
  auto slow = [](unit_of_work& w) {
    w.transaction().exec("select pg_sleep(60)");
    return std::any{};
  };
  test->send(connection, run_unit{7, slow, me});
  bool given_back = false, answered = false;
  while (!answered)
    test->receive(
        [&](connection_lost& lost) { test->send(connection, std::exchange(given_back, true) ? run_unit{} : lost.unit); },
        [](const connection_ready&) {},
        [&](const unit_done& done) {
          answered = true;
          BOOST_REQUIRE(!done.result.has_value());
          BOOST_TEST((done.result.error().kind == postgres::failure_class::isolate));
          BOOST_TEST(done.result.error().sqlstate == "57014");
        });
  BOOST_TEST(given_back);  // once: the server might have been slow
}

BOOST_AUTO_TEST_CASE(a_task_that_is_always_too_slow_keeps_nobody_and_comes_again_without_an_attempt) {
  auto pool = system.spawn(postgres_pool, shared, std::string{"tasks"});
  shared->directory.put("postgres pool tasks", pool);
  test->send(pool, connection_ready{connection});
  shared->handlers->add<maybe_slow>({});
  auto me = caf::actor_cast<caf::actor>(test);
  auto committer = system.spawn(millrace::actors::committer, shared, queue_config{{.name = "priority"}},
                                std::make_shared<delivery_buffer>(), me);
  test->send(committer, attach_consumer{me});
  commit_deliveries in;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    decoded_delivery i;
    i.what.id.bytes[15] = static_cast<std::uint8_t>(n);
    i.what.type = maybe_slow::type;
    i.what.queue = "priority";
    i.what.payload = shared_bytes::own(n == 2 ? R"("slow")" : "1");
    i.what.received_at = std::chrono::system_clock::now();
    i.source.body = i.what.payload.view();
    i.key = {amqp::channel_epoch{1}, amqp::delivery_tag{n}};
    in.batch.push_back(std::move(i));
  }
  test->send(committer, std::move(in));
  std::size_t acknowledged = 0;
  while (acknowledged < 5)
    test->receive([&](const settled& done) { acknowledged += done.acknowledge.size(); }, [](const attach_committer&) {},
                  [](const start_effect&) {});
  BOOST_TEST(ask("select string_agg(state || ' ' || attempt, ', ' order by id) from millrace.task") ==
             "succeeded 1, scheduled 0, succeeded 1, succeeded 1, succeeded 1");
  BOOST_TEST(ask("select due_at > now() + interval '4 minutes' from millrace.outbox") == "t");
  for (auto& a : {committer, pool}) {
    caf::anon_send_exit(a, caf::exit_reason::kill);
    test->wait_for(a);
  }
}

BOOST_AUTO_TEST_SUITE_END()
