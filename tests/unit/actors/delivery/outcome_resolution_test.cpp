#include "actors/delivery/outcome_resolution.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace millrace;
using namespace millrace::actors;
using namespace std::chrono_literals;
using postgres::task_state;

namespace {

const wall_time now{std::chrono::seconds{1'800'000'000}};

task make_task(std::uint32_t attempt = 1) {
  task t;
  t.id = *uuid::parse("0190a1b2-0000-7000-8000-000000000001");
  t.tenant = "acme";
  t.type = "notification.email";
  t.queue = "email";
  t.payload = shared_bytes::own("{\"a\":1}");
  t.generation = 3;
  t.attempt = attempt;
  t.correlation_id = "c-1";
  t.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  return t;
}

outcome_resolution end(const task& t, outcome o, type_policy policy = {}) {
  return resolve_outcome(t, std::move(o), policy, now, 0.5);
}

std::string header_of(const postgres::outbox_row& row, const std::string& name) {
  auto it = std::find_if(row.headers.begin(), row.headers.end(), [&](auto& h) { return h.first == name; });
  return it == row.headers.end() ? "" : it->second;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conclusion_)

BOOST_AUTO_TEST_CASE(success_keeps_its_result_and_sends_nothing) {
  auto c = end(make_task(), succeeded{R"({"x":1})"});
  BOOST_TEST((c.state == task_state::succeeded));
  BOOST_TEST(c.result == R"({"x":1})");
  BOOST_TEST(!c.next);
  BOOST_TEST(!c.dead_letter);
  BOOST_TEST(!c.reply);
}

BOOST_AUTO_TEST_CASE(a_retry_is_published_again_as_the_next_generation_to_the_same_queue) {
  auto c = end(make_task(), retry{30s, "later"});
  BOOST_TEST((c.state == task_state::retrying));
  BOOST_REQUIRE(c.next);
  BOOST_TEST(c.next->exchange == "");
  BOOST_TEST(c.next->routing_key == "email");
  BOOST_TEST(*c.next->due_at_us == to_us(now + 30s));
  BOOST_TEST(header_of(*c.next, header::generation) == "4");
  BOOST_TEST(header_of(*c.next, "tenant") == "acme");
  BOOST_TEST(header_of(*c.next, "traceparent") == make_task().traceparent);
  BOOST_TEST(c.next->correlation_id == "c-1");
  BOOST_TEST(c.next->body == "{\"a\":1}");
}

BOOST_AUTO_TEST_CASE(a_retry_without_a_wait_takes_the_types_back_off) {
  type_policy policy;
  policy.backoff = {1s, 1h};
  auto c = end(make_task(3), retry{}, policy);
  BOOST_TEST(*c.next->due_at_us == to_us(now + policy.backoff.delay(3, 0.5)));
}

BOOST_AUTO_TEST_CASE(the_last_failed_attempt_makes_a_dead_letter_with_the_last_error) {
  type_policy policy;
  policy.max_attempts = 5;
  auto c = end(make_task(5), retry{1s, "mailbox full"}, policy);
  BOOST_TEST((c.state == task_state::dead));
  BOOST_REQUIRE(c.dead_letter);
  BOOST_TEST((c.dead_letter->reason == dead_reason::attempts_exhausted));
  BOOST_TEST(c.dead_letter->error.find("mailbox full") != std::string::npos);
  BOOST_TEST(!c.next);
}

BOOST_AUTO_TEST_CASE(a_producer_may_ask_for_fewer_attempts_but_not_for_more) {
  type_policy policy;
  policy.max_attempts = 5;
  auto t = make_task(2);
  t.max_attempts = 2;
  BOOST_TEST((end(t, retry{}, policy).state == task_state::dead));
  t = make_task(5);
  t.max_attempts = 50;
  BOOST_TEST((end(t, retry{}, policy).state == task_state::dead));
}

BOOST_AUTO_TEST_CASE(a_snooze_does_not_count_as_an_attempt_however_often) {
  type_policy policy;
  policy.max_attempts = 1;
  auto c = end(make_task(1), snooze{1min}, policy);
  BOOST_TEST((c.state == task_state::scheduled));
  BOOST_TEST(!c.counts);
  BOOST_REQUIRE(c.next);
  BOOST_TEST(*c.next->due_at_us == to_us(now + 1min));
}

BOOST_AUTO_TEST_CASE(dead_makes_a_dead_letter_immediately_and_cancelled_makes_none) {
  BOOST_TEST((end(make_task(), dead{dead_reason::rejected, "550"}).dead_letter->reason == dead_reason::rejected));
  auto c = end(make_task(), cancelled{"asked to"});
  BOOST_TEST((c.state == task_state::cancelled));
  BOOST_TEST(!c.dead_letter);
}

BOOST_AUTO_TEST_CASE(the_requester_gets_the_final_result_under_its_correlation_id_and_no_retries) {
  auto t = make_task();
  t.reply_to = "answers";
  t.original_id = "order-1";
  auto c = end(t, succeeded{R"({"x":1})"});
  BOOST_REQUIRE(c.reply);
  BOOST_TEST(c.reply->routing_key == "answers");
  BOOST_TEST(c.reply->correlation_id == "c-1");
  auto body = nlohmann::json::parse(c.reply->body);
  BOOST_TEST(body["id"] == "order-1");
  BOOST_TEST(body["state"] == "succeeded");
  BOOST_TEST(body["result"]["x"] == 1);
  BOOST_TEST(body["error"].is_null());
  BOOST_TEST(!end(t, retry{1s, ""}).reply);
}

BOOST_AUTO_TEST_CASE(first_publication_and_expiry_travel_with_a_retry) {
  auto t = make_task();
  t.published_at = now - 1h;
  t.expires_at = now + 1h;
  auto c = end(t, retry{1s, ""});
  BOOST_TEST(header_of(*c.next, header::published_at) == std::to_string(to_us(now - 1h)));
  BOOST_TEST(header_of(*c.next, header::expires_at) == std::to_string(to_us(now + 1h)));
}

BOOST_AUTO_TEST_CASE(follow_ups_are_published_by_their_type_for_the_same_tenant_under_the_same_correlation) {
  auto c = end(make_task(), succeeded{"", {{.type = "report.run", .payload = R"({"b":2})"}}});
  BOOST_REQUIRE(c.follow_ups.size() == 1U);
  auto& row = c.follow_ups[0];
  BOOST_TEST(row.exchange == "millrace");
  BOOST_TEST(row.routing_key == "report.run");
  BOOST_TEST(row.type == "report.run");
  BOOST_TEST(row.content_type == "application/json");
  BOOST_TEST(row.body == R"({"b":2})");
  BOOST_TEST(row.correlation_id == "c-1");
  BOOST_TEST(header_of(row, "tenant") == "acme");
  BOOST_TEST(header_of(row, "traceparent") == make_task().traceparent);
  BOOST_TEST(header_of(row, header::generation) == "0");
  BOOST_TEST(header_of(row, header::asked_by) == "0190a1b2-0000-7000-8000-000000000001 3");
  BOOST_TEST(*row.due_at_us == to_us(now));
}

BOOST_AUTO_TEST_CASE(the_parent_of_a_follow_up_is_read_only_from_its_header) {
  const std::string id = "0190a1b2-0000-7000-8000-000000000001";
  auto asking = parse_requesting_task(id + " 4294967295");
  BOOST_REQUIRE(asking);
  BOOST_TEST(to_string(asking->id) == id);
  BOOST_TEST(asking->generation == 4'294'967'295U);
  for (auto& text : {std::string{}, id, id + " ", id + " -1", id + " 4294967296", id + " 1 ", id + "  1", id + "1",
                     id.substr(1) + " 1", std::string{" 1"}})
    BOOST_TEST(!parse_requesting_task(text), text);
}

BOOST_AUTO_TEST_CASE(a_repeated_execution_asks_for_the_same_follow_ups) {
  const succeeded both{"", {{.type = "a", .payload = "1"}, {.type = "a", .payload = "1"}}};
  auto first = end(make_task(1), both).follow_ups, second = end(make_task(2), both).follow_ups;
  BOOST_TEST(first[0].message_id == second[0].message_id);
  BOOST_TEST(first[1].message_id == second[1].message_id);
  BOOST_TEST(first[0].message_id != first[1].message_id);
  auto other = make_task();
  other.id = *uuid::parse("0190a1b2-0000-7000-8000-000000000002");
  BOOST_TEST(end(other, both).follow_ups[0].message_id != first[0].message_id);
}

BOOST_AUTO_TEST_CASE(a_follow_up_may_choose_its_id_its_queue_and_its_time) {
  auto c = end(make_task(), succeeded{"",
                                      {{.type = "a",
                                        .payload = std::string(1, '\x01'),
                                        .content = content_type::msgpack,
                                        .id = "order-1",
                                        .queue = "webhook",
                                        .delay = 1h},
                                       {.type = "a", .payload = "1", .delay = 1h, .not_before = now + 24h * 3650}}});
  BOOST_REQUIRE(c.follow_ups.size() == 2U);
  BOOST_TEST(c.follow_ups[0].exchange == "");
  BOOST_TEST(c.follow_ups[0].routing_key == "webhook");
  BOOST_TEST(c.follow_ups[0].message_id == "order-1");
  BOOST_TEST(c.follow_ups[0].content_type == "application/msgpack");
  BOOST_TEST(*c.follow_ups[0].due_at_us == to_us(now + 1h));
  BOOST_TEST(*c.follow_ups[1].due_at_us == to_us(now + 24h * 3650));
}

BOOST_AUTO_TEST_CASE(invalid_follow_ups_make_a_dead_letter_with_the_reason) {
  auto refused = [](std::vector<follow_up> wanted) {
    auto c = end(make_task(), succeeded{"{}", std::move(wanted)});
    BOOST_TEST((c.state == task_state::dead));
    BOOST_REQUIRE(c.dead_letter);
    BOOST_TEST((c.dead_letter->reason == dead_reason::invalid_follow_up));
    BOOST_TEST(c.follow_ups.empty());
    return c.error;
  };
  const follow_up good{.type = "a", .payload = "1"};
  BOOST_TEST(refused(std::vector(101, good)) == "101 follow-ups, more than 100; let one of them ask for the rest");
  BOOST_TEST((end(make_task(), succeeded{"", std::vector(100, good)}).state == task_state::succeeded));
  BOOST_TEST(refused({good, {.type = "", .payload = "1"}}) == "follow-up 1: no task type");
  BOOST_TEST(refused({{.type = "a", .payload = "{"}}).starts_with("follow-up 0: "));
  BOOST_TEST(refused({{.type = "a", .payload = "1", .id = std::string(129, 'x')}}) ==
             "follow-up 0: id longer than 128 bytes");
  BOOST_TEST(refused({{.type = "a\n", .payload = "1"}}) == "follow-up 0: type is not UTF-8 without control characters");
  BOOST_TEST(refused({{.type = "a", .payload = "1", .queue = std::string(256, 'x')}}) ==
             "follow-up 0: queue longer than 255 bytes");
  BOOST_TEST(refused({{.type = "a", .payload = "1", .delay = 24h * 40'000}}) == "follow-up 0: delay over 100 years");
  const std::string text = '"' + std::string(600'000, 'x') + '"';
  BOOST_TEST(refused({{.type = "a", .payload = text}, {.type = "a", .payload = text}}).find("1048576 bytes") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
