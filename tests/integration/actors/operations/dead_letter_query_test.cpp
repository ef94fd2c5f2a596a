#include "tests/integration/actors/operations/dead_letter_fixture.hpp"

#include <set>

using namespace millrace;
using namespace millrace::postgres;
using millrace::test::dead_letters_database;

namespace {

struct query_database : dead_letters_database {
  std::vector<dead_letter_record> list(const dead_letter_filter& f, const dead_letter_mark& after = {},
                                       std::size_t limit = 1'000) {
    std::vector<dead_letter_record> found;
    run([&](unit_of_work& work) { found = list_dead_letters(work, f, dead_letter_order::newest_first, after, limit); });
    return found;
  }
  std::string ids(const dead_letter_filter& f) {
    std::string text;
    for (auto& l : list(f)) text += (text.empty() ? "" : " ") + l.id.substr(35);
    return text;
  }
  std::string now() {
    std::string time;
    run([&](unit_of_work& work) { time = snapshot_time(work); });
    return time;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(querying, query_database)

BOOST_AUTO_TEST_CASE(each_condition_narrows_the_dead_letters_down) {
  for (int n : {1, 2, 3}) add_dead_letter(n);
  exec(
      "update millrace.dead_letter set queue = 'webhook', type = 'notification.webhook', tenant = 'acme',"
      " reason = 'attempts_exhausted', error = 'Connection REFUSED', original_id = 'order-2',"
      " died_at = '2026-11-20T10:00:00Z' where id = '" +
      dead_letter_id(2) + "'");
  exec("update millrace.dead_letter set died_at = '2026-11-20T11:00:00Z' where id = '" + dead_letter_id(1) + "'");
  exec("update millrace.dead_letter set died_at = '2026-11-20T12:00:00Z' where id = '" + dead_letter_id(3) + "'");
  constexpr std::int64_t eleven = 1'795'172'400'000'000;
  const std::vector<std::pair<dead_letter_filter, std::string>> cases{
      {{}, "3 1 2"},
      {{.ids = {dead_letter_id(1), dead_letter_id(9)}}, "1"},
      {{.queue = "webhook"}, "2"},
      {{.type = "notification.webhook"}, "2"},
      {{.tenant = "acme"}, "2"},
      {{.reason = "rejected"}, "3 1"},
      {{.error_class = "exhausted"}, "2"},
      {{.fingerprint = list({}).front().fingerprint}, "3 1 2"},
      {{.fingerprint = "0000000000000000"}, ""},
      {{.task_id = id(3)}, "3"},
      {{.original_id = "order-2"}, "2"},
      {{.text = "connection refused"}, "2"},
      {{.since_us = eleven}, "3 1"},
      {{.until_us = eleven}, "2"}};
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("case " << i) {
      BOOST_TEST(ids(cases[i].first) == cases[i].second);
    }
}

BOOST_AUTO_TEST_CASE(settled_dead_letters_are_hidden_by_default) {
  for (int n : {1, 2, 3}) die(n);
  replay({dead_letter_id(1)});
  discard({dead_letter_id(2)});
  BOOST_TEST(list({}).size() == 1U);
  BOOST_TEST(list({.settled_too = true}).size() == 3U);
}

BOOST_AUTO_TEST_CASE(pages_contain_every_dead_letter_once_despite_equal_times) {
  for (int n = 1; n <= 25; ++n) add_dead_letter(n);
  exec("update millrace.dead_letter set died_at = now()");
  std::set<std::string> seen;
  dead_letter_mark after;
  for (;;) {
    auto page = list({}, after, 4);
    if (page.empty()) break;
    for (auto& l : page) BOOST_TEST(seen.insert(l.id).second);
    after = {page.back().died_at, page.back().id};
  }
  BOOST_TEST(seen.size() == 25U);
}

BOOST_AUTO_TEST_CASE(dead_letters_after_the_snapshot_are_left_out) {
  add_dead_letter(1);
  const auto snapshot = now();
  add_dead_letter(2);
  BOOST_TEST(ids({.died_by = snapshot}) == "1");
  BOOST_TEST(ids({.died_by = now()}) == "2 1");
}

BOOST_AUTO_TEST_CASE(tasks_that_failed_alike_are_one_group) {
  for (int n = 1; n <= 5; ++n) add_dead_letter(n);
  add_dead_letter(6, 0, "poison");
  std::vector<dead_letter_group> groups;
  run([&](unit_of_work& work) { groups = group_dead_letters(work, {}, {}, 10); });
  BOOST_REQUIRE(groups.size() == 2U);
  BOOST_TEST(groups[0].mark.dead_letters == 5);
  BOOST_TEST(groups[0].error_class == "rejected");
  BOOST_TEST(groups[1].error_class == "poison");
  BOOST_TEST(groups[0].fingerprint.size() == 16U);
}

BOOST_AUTO_TEST_CASE(groups_come_by_pages_the_largest_first_and_each_once) {
  int n = 0;
  for (const auto* reason : {"poison", "rejected", "invalid_payload"})
    for (int letters = 0; letters < 2; ++letters) add_dead_letter(++n, 0, reason);
  add_dead_letter(++n, 0, "poison");
  exec("update millrace.dead_letter set died_at = '2026-01-01'");  // a tie in everything but the group keys
  std::vector<std::pair<std::string, std::int64_t>> seen;
  group_mark after;
  for (bool more = true; more;) {
    std::vector<dead_letter_group> page;
    run([&](unit_of_work& work) { page = group_dead_letters(work, {}, after, 1); });
    more = !page.empty();
    if (!more) break;
    seen.emplace_back(page.back().reason, page.back().mark.dead_letters);
    after = page.back().mark;
    BOOST_REQUIRE(seen.size() <= 3U);
  }
  BOOST_REQUIRE(seen.size() == 3U);
  BOOST_TEST(seen[0].first == "poison");
  BOOST_TEST(seen[0].second == 3);
  BOOST_TEST(seen[1].first != seen[2].first);
}

BOOST_AUTO_TEST_CASE(dead_letters_of_an_older_program_get_their_class_immediately_and_their_fingerprint_by_migrate) {
  for (int n : {1, 2}) add_dead_letter(n);
  const auto known = list({}).at(0).fingerprint;
  exec("update millrace.dead_letter set fingerprint = null");
  BOOST_TEST(list({}).at(0).error_class == "rejected");
  BOOST_REQUIRE(migrate(session).has_value());
  for (auto& l : list({})) BOOST_TEST(l.fingerprint == known);
}

BOOST_AUTO_TEST_SUITE_END()
