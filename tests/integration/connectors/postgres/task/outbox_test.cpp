#include "tests/integration/connectors/postgres/task/outbox_fixture.hpp"

#include <limits>
#include <set>

using namespace millrace;
using namespace millrace::postgres;
using std::chrono::milliseconds;

BOOST_FIXTURE_TEST_SUITE(outbox, outbox_database)

BOOST_AUTO_TEST_CASE(the_backlog_reports_due_rows_and_their_lag) {
  const auto waits = [&] {
    outbox_gauges found;
    run([&](unit_of_work& work) { found = backlog(work); });
    return found;
  };
  add({message("later", year_2100)});
  BOOST_TEST(waits().due == 0U);
  BOOST_TEST(waits().lag.count() == 0);
  BOOST_TEST(waits().later == 1U);
  add({message("now"), message("late")});
  exec("update millrace.outbox set due_at = now() - interval '90 seconds' where message_id = 'late'");
  take(1);  // locked by a relay, but not published yet
  BOOST_TEST(waits().due == 2U);
  BOOST_TEST(waits().later == 1U);
  BOOST_TEST((waits().lag >= milliseconds{90'000} && waits().lag < 2 * minute));
}

BOOST_AUTO_TEST_CASE(a_take_is_bounded_by_bytes_too) {
  std::vector<outbox_row> rows;
  for (const auto* id : {"1", "2", "3"}) {
    rows.push_back(message(id));
    rows.back().body.assign(10 * 1024 * 1024, 'x');
  }
  add(rows);
  BOOST_TEST(take().size() == 2U);
  BOOST_TEST(take().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_message_comes_out_as_it_went_in) {
  outbox_row row;
  row.due_at_us = year_2100 + 123'456;
  row.exchange = "millrace";
  row.routing_key = "notification.email";
  row.type = "notification.email";
  row.message_id = "id-1";
  row.content_type = "application/json";
  row.correlation_id = "corr";
  row.reply_to = "answers";
  row.priority = 9;
  row.headers = {{"generation", "3"}, {"quo\"te", "\xE2\x82\xAC\\"}};
  row.body = std::string("\0\xff{}", 4);
  add({row, message("id-2")});
  exec("update millrace.outbox set due_at = due_at - interval '100 years' where message_id = 'id-1'");
  const auto taken = take();
  BOOST_REQUIRE(taken.size() == 2U);
  const auto& out = taken[0];
  BOOST_TEST(out.id > 0);
  BOOST_TEST(out.due_at_us.value() == 946'684'800'123'456);
  BOOST_TEST(out.exchange == "millrace");
  BOOST_TEST(out.routing_key == "notification.email");
  BOOST_TEST(out.type == "notification.email");
  BOOST_TEST(out.content_type == "application/json");
  BOOST_TEST(out.correlation_id == "corr");
  BOOST_TEST(out.reply_to == "answers");
  BOOST_TEST(int{out.priority.value()} == 9);
  BOOST_TEST((std::set(out.headers.begin(), out.headers.end()) == std::set(row.headers.begin(), row.headers.end())));
  BOOST_TEST(out.body == row.body);
  BOOST_TEST(!taken[1].priority.has_value());
  BOOST_TEST(taken[1].headers.empty());
  BOOST_TEST(taken[1].body == "");
}

BOOST_AUTO_TEST_CASE(due_rows_come_oldest_first_and_others_stay) {
  add({message("now"), message("first"), message("later", year_2100), message("second")});
  exec("update millrace.outbox set due_at = now() - interval '2 hours' where message_id = 'first'");
  exec("update millrace.outbox set due_at = now() - interval '1 hour' where message_id = 'second'");
  BOOST_TEST(ids(take(2)) == "first second ");
  BOOST_TEST(ids(take()) == "now ");
  BOOST_TEST(ids(take()) == "");
}

BOOST_AUTO_TEST_CASE(a_due_time_in_the_past_is_now_by_the_clock_of_the_database) {
  add({message("a")});
  add({message("b", 1'000'000)});
  BOOST_TEST(ids(take()) == "a b ");
}

BOOST_AUTO_TEST_CASE(a_taken_row_is_reserved_for_its_lease_and_available_afterwards) {
  add({message("a")});
  BOOST_TEST(ids(take(10, minute)) == "a ");
  BOOST_TEST(ids(take()) == "");
  exec("update millrace.outbox set locked_until = now() - interval '1 second'");
  BOOST_TEST(ids(take()) == "a ");
}

BOOST_AUTO_TEST_CASE(two_relays_never_hold_the_same_row) {
  add({message("a"), message("b")});
  postgres::session other(options());
  run([&](unit_of_work& work) {
    BOOST_TEST(ids(take_due(work, 1, minute).rows) == "a ");
    BOOST_REQUIRE(other.run([&](unit_of_work& second) { BOOST_TEST(ids(take_due(second, 10, minute).rows) == "b "); }));
  });
}

BOOST_AUTO_TEST_CASE(removed_rows_are_gone_and_unknown_ids_do_no_harm) {
  add({message("a"), message("b")});
  const auto taken = take();
  run([&](unit_of_work& work) { postgres::remove(work, std::vector<std::int64_t>{taken[0].id, 999'999}); });
  BOOST_TEST(ask("select string_agg(message_id, ' ') from millrace.outbox") == "b");
  run([&](unit_of_work& work) { postgres::remove(work, {}); });
}

BOOST_AUTO_TEST_CASE(released_rows_come_back_after_their_delay) {
  add({message("a"), message("b")});
  const auto taken = take();
  run([&](unit_of_work& work) {
    release(work, std::vector{taken[0].id}, milliseconds(0));
    release(work, std::vector{taken[1].id}, minute);
  });
  BOOST_TEST(ids(take()) == "a ");
  BOOST_TEST(ask("select due_at > now() + interval '50 seconds' from millrace.outbox where message_id = 'b'") == "t");
}

BOOST_AUTO_TEST_CASE(a_row_that_no_queue_takes_waits_twice_as_long_each_time_up_to_five_minutes) {
  add({message("lost"), message("taken")});
  const auto lost = take(1)[0].id;
  std::string waits;
  for (int round = 0; round < 10; ++round) {
    run([&](unit_of_work& work) { refuse(work, std::vector{lost}); });
    waits +=
        ask("select round(extract(epoch from due_at - now()))::text from millrace.outbox where message_id = 'lost'") + " ";
    BOOST_TEST(ask("select locked_until is null from millrace.outbox where message_id = 'lost'") == "t");
  }
  BOOST_TEST(waits == "2 4 8 16 32 64 128 256 300 300 ");
  BOOST_TEST(ids(take()) == "taken ");
}

BOOST_AUTO_TEST_CASE(headers_that_are_no_texts_are_refused_where_they_are_inserted) {
  auto insert = [&](const std::string& headers) {
    return session.run([&](unit_of_work& work) {
      work.transaction().exec(
          "insert into millrace.outbox (due_at, exchange, routing_key, type, message_id, content_type, correlation_id,"
          " reply_to, headers, body) values (now(), '', 'email', '', 'a', '', '', '', '" +
          headers + "', '')");
    });
  };
  for (const auto* headers :
       {R"({"a": 1})", R"({"a": null})", R"({"a": ["x"]})", R"({"a": "x", "b": {}})", "[]", R"("x")", "null"}) {
    const auto done = insert(headers);
    BOOST_REQUIRE_MESSAGE(!done.has_value(), headers);
    BOOST_TEST(done.error().message.find("outbox_headers_are_text") != std::string::npos);
  }
  for (const auto* headers : {"{}", R"({"a": "x", "b": "1"})"}) BOOST_TEST(insert(headers).has_value());
  BOOST_TEST(take().size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_next_due_time_considers_free_and_taken_rows) {
  BOOST_TEST(!next().has_value());
  add({message("later", year_2100)});
  BOOST_TEST((next().value() > std::chrono::hours(24)));
  add({message("now")});
  BOOST_TEST(next().value().count() == 0);
  take(10, minute);
  const auto held = next().value();
  BOOST_TEST((held > milliseconds(0) && held <= minute));
}

BOOST_AUTO_TEST_CASE(values_from_outside_cannot_fail_the_batch) {
  auto row = message("a", std::numeric_limits<std::int64_t>::max());
  row.headers = {{std::string("n\0", 2), std::string("\xff\0", 2)}};
  row.correlation_id = std::string("\0\x80", 2);
  add({row, message("b", std::numeric_limits<std::int64_t>::min())});
  BOOST_TEST(ids(take()) == "b ");
  BOOST_TEST(ask("select headers->>'n' from millrace.outbox where message_id = 'a'") == "\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(rows_vanish_with_the_transaction_that_wrote_them) {
  BOOST_CHECK_THROW((void)session.run([](unit_of_work& work) {
    enqueue(work, std::vector{message("a")});
    throw std::runtime_error("rolled back");
  }),
                    std::runtime_error);
  BOOST_TEST(ids(take()) == "");
}

BOOST_AUTO_TEST_SUITE_END()
