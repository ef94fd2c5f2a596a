#include "tests/integration/connectors/postgres/audit/audit_fixture.hpp"

using namespace millrace;
using namespace millrace::postgres;

namespace {

struct sealed_log : test::audit_database {
  sealed_log() {
    for (int i = 0; i < 5; ++i) add(1);  // a transaction each
    BOOST_REQUIRE(sealed(5));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(audit_checking, sealed_log)

BOOST_AUTO_TEST_CASE(a_changed_row_is_found_whichever_column_it_is) {
  for (const char* change : {"at = at + interval '1 microsecond'", "actor = 'eve'", "action = 'x'", "tenant = ''",
                             "subject = ''", "detail = ''"}) {
    BOOST_TEST_CONTEXT(change) {
      exec("create table kept as select * from millrace.audit where id = 3");
      tamper(std::string{"update millrace.audit set "} + change + " where id = 3");
      BOOST_TEST(check() == "2 altered 3 3");
      tamper(
          "delete from millrace.audit where id = 3;"
          "insert into millrace.audit overriding system value select * from kept; drop table kept");
      BOOST_TEST(check() == "5 intact");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_deleted_row_is_found_and_the_rest_is_sealed_all_the_same) {
  tamper("delete from millrace.audit where id = 5");
  BOOST_TEST(check() == "4 row_missing 5 5");
  add(1);
  BOOST_TEST(sealed(6));
  BOOST_TEST(check() == "4 row_missing 5 5");
}

BOOST_AUTO_TEST_CASE(a_changed_or_deleted_seal_is_found) {
  tamper("update millrace.audit_seal set hash = sha256('') where number = 2");
  BOOST_TEST(check() == "1 altered 2 2");
  tamper("delete from millrace.audit_seal where number = 2");
  BOOST_TEST(check() == "1 seal_missing 2 0");
  tamper("delete from millrace.audit_seal where number < 2");
  BOOST_TEST(check() == "0 seal_missing 1 0");
}

BOOST_AUTO_TEST_CASE(a_chain_that_was_cut_is_found_by_a_head_that_was_kept) {
  const auto kept = head();
  BOOST_TEST(kept.number == 5);
  tamper("delete from millrace.audit_seal where number = 5; delete from millrace.audit where id = 5");
  BOOST_TEST(check() == "4 intact");
  BOOST_TEST(check(kept) == "4 cut 5 0");
}

BOOST_AUTO_TEST_CASE(a_rebuilt_chain_is_detected_by_a_saved_head) {
  const auto kept = head();
  tamper("delete from millrace.audit_seal; update millrace.audit set actor = 'eve' where id = 2");
  BOOST_TEST(sealed(5));
  BOOST_TEST(check() == "5 intact");
  BOOST_TEST(check(kept) == "5 rewritten 5 0");
  add(1);
  BOOST_TEST(sealed(6));
  BOOST_TEST(check(kept) == "6 rewritten 5 0");
}

BOOST_AUTO_TEST_CASE(a_head_that_was_kept_stays_on_a_chain_that_grows_and_seals_made_again_are_the_same) {
  const auto kept = head();
  add(2);
  BOOST_TEST(sealed(7));
  BOOST_TEST(check(kept) == "7 intact");
  BOOST_TEST(check(audit_link{}) == "7 intact");
  tamper("delete from millrace.audit_seal where number > 2");
  BOOST_TEST(sealed(7));
  BOOST_TEST(check(kept) == "7 intact");
}

BOOST_AUTO_TEST_CASE(a_row_that_was_added_as_if_long_ago_is_found) {
  exec(
      "insert into millrace.audit (at, actor, action, subject, xid)"
      " select at, 'eve', 'replay', 'task', xid from millrace.audit where id = 2");
  BOOST_TEST(check() == "5 inserted 0 6");
  add(1);
  BOOST_TEST(sealed(6));
  BOOST_TEST(check() == "6 inserted 0 6");
}

BOOST_AUTO_TEST_CASE(a_row_committed_late_with_a_lower_id_is_sealed_last) {
  exec(
      "insert into millrace.audit (id, actor, action, subject) overriding system value values (-1, 'eve', 'replay', "
      "'task')");
  BOOST_TEST(sealed(6));
  BOOST_TEST(ask("select number from millrace.audit_seal where audit_id = -1") == "6");
  BOOST_TEST(check() == "6 intact");
}

BOOST_AUTO_TEST_CASE(a_row_that_nobody_seals_is_found_once_it_is_a_minute_old) {
  add(1);
  BOOST_TEST(check() == "5 intact");
  exec("insert into millrace.audit (at, actor, action, subject) values (now() - interval '61 seconds', 'ada', 'x', 'y')");
  BOOST_TEST(test::wait_until([&] { return check() == "5 unsealed 0 7"; }));
  BOOST_TEST(sealed(7));
  BOOST_TEST(check() == "7 intact");
}

BOOST_AUTO_TEST_CASE(rows_of_another_server_are_distinguished) {
  exec("insert into millrace.audit (actor, action, subject, xid) values ('ada', 'replay', 'x', '999999999999')");
  BOOST_TEST(check() == "5 other_server 0 6");
  add(1);
  BOOST_TEST(sealed(6));
  BOOST_TEST(check() == "6 other_server 0 6");
}

BOOST_AUTO_TEST_SUITE_END()
