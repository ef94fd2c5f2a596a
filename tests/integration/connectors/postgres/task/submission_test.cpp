#include "connectors/postgres/task/submission_store.hpp"
#include "tests/integration/connectors/postgres/task/task_fixture.hpp"

using namespace millrace;
using namespace millrace::test;

namespace {

struct submission_database : task_database {
  /// Enters a key; returns whether it was new.
  bool enter(const std::string& key) {
    bool fresh = false;
    run([&](unit_of_work& work) { postgres::enter_submission(work, "t", key, std::string(32, 'd'), id(1), fresh); });
    return fresh;
  }
  std::size_t forget(std::chrono::milliseconds kept) {
    std::size_t forgotten = 0;
    run([&](unit_of_work& work) { forgotten = postgres::forget_submissions(work, kept); });
    return forgotten;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(submissions, submission_database)

BOOST_AUTO_TEST_CASE(a_key_is_known_until_it_has_had_its_time) {
  BOOST_TEST(enter("a"));
  BOOST_TEST(enter("b"));
  exec("update millrace.submission set at = now() - interval '61 minutes' where key = 'a'");
  exec("update millrace.submission set at = now() - interval '59 minutes' where key = 'b'");
  BOOST_TEST(forget(std::chrono::hours{1}) == 1U);
  BOOST_TEST(enter("a"));
  BOOST_TEST(!enter("b"));
}

BOOST_AUTO_TEST_CASE(many_are_forgotten_a_thousand_at_a_time) {
  exec(
      "insert into millrace.submission (tenant, key, digest, task_id, at)"
      " select 't', n::text, decode(repeat('00', 32), 'hex'), '00000000-0000-0000-0000-000000000001',"
      " now() - n * interval '1 minute' from generate_series(1, 1500) n");
  BOOST_TEST(forget(std::chrono::minutes{2}) == 1'000U);
  BOOST_TEST(!enter("400"));  // the oldest keys are removed first
  BOOST_TEST(forget(std::chrono::minutes{2}) > 400U);
  BOOST_TEST(forget(std::chrono::minutes{2}) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
