#include "connectors/postgres/audit/audit_seal.hpp"

#include "tests/integration/connectors/postgres/audit/audit_fixture.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace millrace;
using namespace millrace::postgres;
using millrace::test::open_transaction;

BOOST_FIXTURE_TEST_SUITE(audit_sealing, test::audit_database)

BOOST_AUTO_TEST_CASE(rows_are_sealed_in_their_order_up_to_the_limit_and_once) {
  add(5);
  BOOST_TEST(sealed(2, 2));
  BOOST_TEST(unsealed() == 3U);
  BOOST_TEST(sealed(5));
  BOOST_TEST(seal() == 0U);
  BOOST_TEST(unsealed() == 0U);
  BOOST_TEST(ask("select string_agg(number || '=' || audit_id, ' ' order by number) from millrace.audit_seal") ==
             "1=1 2=2 3=3 4=4 5=5");
  BOOST_TEST(check() == "5 intact");
}

BOOST_AUTO_TEST_CASE(a_row_waits_for_every_transaction_that_began_before_it) {
  open_transaction before{database.url()};
  before.add("before");
  add(1, "after");
  BOOST_TEST(seal() == 0U);
  BOOST_TEST(check() == "0 intact");
  before.commit();
  BOOST_TEST(sealed(2));
  BOOST_TEST(subjects() == "before after");
}

BOOST_AUTO_TEST_CASE(a_lower_id_that_is_committed_after_a_higher_one_was_sealed_is_not_skipped) {
  open_transaction elder{database.url()}, younger{database.url()};
  elder.begin();
  younger.add("lower");
  elder.add("higher");
  elder.commit();
  BOOST_TEST(sealed(1));
  BOOST_TEST(subjects() == "higher");
  BOOST_TEST(check() == "1 intact");
  younger.commit();
  BOOST_TEST(sealed(2));
  BOOST_TEST(subjects() == "higher lower");
  BOOST_TEST(ask("select a.id from millrace.audit_seal s join millrace.audit a on a.id = s.audit_id where number = 2") ==
             "1");
  BOOST_TEST(check() == "2 intact");
}

BOOST_AUTO_TEST_CASE(sealers_at_the_same_time_make_one_chain) {
  std::atomic<bool> enough = false;
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> sealers;
    for (int i = 0; i < 4; ++i)
      sealers.emplace_back([&] {
        postgres::session own{options()};
        while (!enough)
          if (!own.run([](unit_of_work& work) { seal_audit(work, 7); })) ++failures;
      });
    for (int i = 0; i < 40; ++i) add(5);
    BOOST_TEST(test::wait_until([&] { return ask("select count(*) from millrace.audit_seal") == "200"; }));
    enough = true;
  }
  BOOST_TEST(failures == 0);
  BOOST_TEST(check() == "200 intact");
}

BOOST_AUTO_TEST_CASE(while_one_transaction_seals_another_one_leaves_it_alone) {
  add(1);
  BOOST_TEST(test::wait_until([&] { return complete(); }));
  postgres::session other{options()};
  run([&](unit_of_work& work) {
    BOOST_TEST(seal_audit(work, 1'000) == 1U);
    BOOST_TEST(other.run([](unit_of_work& second) { BOOST_TEST(seal_audit(second, 1'000) == 0U); }).has_value());
  });
  BOOST_TEST(check() == "1 intact");
}

BOOST_AUTO_TEST_CASE(a_large_backlog_is_sealed_in_several_transactions) {
  exec(
      "insert into millrace.audit (actor, action, subject, detail)"
      " select 'ada', 'replay', '', repeat('x', 9 * 1024 * 1024) from generate_series(1, 3)");
  std::size_t first = 0;
  BOOST_TEST(test::wait_until([&] { return (first = seal()) > 0; }));
  BOOST_TEST(first == 2U);
  BOOST_TEST(sealed(3));
  BOOST_TEST(check() == "3 intact");
}

BOOST_AUTO_TEST_CASE(times_without_end_do_not_stop_the_chain) {
  for (const char* at : {"infinity", "-infinity", "294276-12-31 23:59:59+00", "4713-01-01 00:00:00+00 BC"})
    exec(std::string{"insert into millrace.audit (at, actor, action, subject) values ('"} + at + "', '', '', '')");
  BOOST_TEST(sealed(4));
  BOOST_TEST(check() == "4 intact");
}

BOOST_AUTO_TEST_CASE(a_seal_is_the_hash_that_the_guide_computes_with_sql) {
  exec(
      "insert into millrace.audit (actor, action, tenant, subject, detail) values"
      " ('ada', 'replay', null, 'täsk', '{\"a\": 1}'), ('', '', '', '', ''), ('eve', 'x', 'acme', 's', null)");
  BOOST_TEST(sealed(3));
  BOOST_TEST(ask(R"sql(
select count(*) from (
  select s.hash, sha256(lag(s.hash, 1, decode(repeat('00', 32), 'hex')) over (order by s.number)
    || int4send(8) || int8send(a.id) || int4send(8) || int8send((extract(epoch from a.at) * 1000000)::bigint)
    || t.bytes) as computed
  from millrace.audit_seal s join millrace.audit a on a.id = s.audit_id cross join lateral (
    select string_agg(coalesce(int4send(octet_length(v)) || convert_to(v, 'UTF8'), '\xffffffff'), '' order by n) as bytes
    from unnest(array[a.actor, a.action, a.tenant, a.subject, a.detail]) with ordinality c(v, n)) t
) x where hash = computed)sql") == "3");
}

BOOST_AUTO_TEST_CASE(rows_from_before_the_chain_are_sealed_by_their_ids_and_not_rewritten) {
  exec("drop table millrace.audit_seal; alter table millrace.audit drop column xid");
  add(3, "old");
  const auto file = ask("select pg_relation_filenode('millrace.audit')");
  exec(migrations().at(11).sql);
  BOOST_TEST(ask("select pg_relation_filenode('millrace.audit')") == file);
  add(1, "new");
  BOOST_TEST(sealed(4));
  BOOST_TEST(subjects() == "old old old new");
  BOOST_TEST(check() == "4 intact");
}

BOOST_AUTO_TEST_CASE(a_log_that_was_copied_from_another_server_is_not_sealed_in_the_wrong_order) {
  exec("insert into millrace.audit (actor, action, subject, xid) values ('ada', 'replay', 'x', '999999999999')");
  exec("insert into millrace.audit_seal select 1, id, sha256('') from millrace.audit");
  add(1);
  BOOST_CHECK_EXCEPTION(seal(), std::runtime_error,
                        [](auto& e) { return std::string_view{e.what()}.find("another server") != std::string_view::npos; });
}

BOOST_AUTO_TEST_CASE(a_copied_log_goes_on_after_its_rows_were_given_a_number_of_this_server) {
  open_transaction elder{database.url()}, younger{database.url()};
  elder.begin();
  younger.add("lower");
  elder.add("higher");
  elder.commit();
  younger.commit();
  BOOST_TEST(sealed(2));
  BOOST_TEST(subjects() == "higher lower");
  tamper("update millrace.audit set xid = '999999999999'");
  exec(
      "alter table millrace.audit drop column xid;"
      "alter table millrace.audit add column xid xid8 not null default pg_current_xact_id();"
      "create index audit_xid on millrace.audit (xid, id)");
  add(1);
  BOOST_TEST(sealed(3));
  BOOST_TEST(check() == "3 intact");
}

BOOST_AUTO_TEST_CASE(seals_cannot_be_changed_not_even_by_replication_roles) {
  add(1);
  BOOST_TEST(sealed(1));
  for (const char* role : {"origin", "replica"})
    for (const char* sql : {"update millrace.audit_seal set audit_id = 7", "delete from millrace.audit_seal",
                            "truncate millrace.audit_seal", "update millrace.audit set xid = '3'"}) {
      const auto done = session.run([&](unit_of_work& work) {
        work.transaction().exec(std::string("set local session_replication_role = ") + role);
        work.transaction().exec(sql);
      });
      BOOST_REQUIRE_MESSAGE(!done.has_value(), sql);
      BOOST_TEST(done.error().sqlstate == "42501");
    }
  BOOST_TEST(check() == "1 intact");
}

BOOST_AUTO_TEST_SUITE_END()
