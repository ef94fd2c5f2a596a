#include "actors/operations/replay.hpp"

#include "actors/delivery/outcome_resolution.hpp"
#include "connectors/amqp/wire/properties_codec.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::operations;
using namespace std::chrono_literals;
using postgres::locked_dead_letter;
using postgres::locked_task;
using postgres::task_state;

namespace {

const wall_time now{std::chrono::seconds{1'800'000'000}};

amqp::properties properties() {
  amqp::properties p;
  p.type = "notification.email";
  p.message_id = "order-17";
  p.correlation_id = "c-1";
  p.reply_to = "results";
  p.priority = 7;
  p.headers = {{"tenant", {std::string{"acme"}}},
               {"max_attempts", {std::int64_t{3}}},
               {"x-death", {amqp::field_array{}}},
               {"x-first-death-queue", {std::string{"email"}}},
               {"other", {std::string{"kept with the dead letter"}}}};
  return p;
}

locked_dead_letter dead_letter(const amqp::properties& p = properties()) {
  locked_dead_letter d;
  auto& l = d.record;
  l.id = "5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90";
  l.died_at = "2027-01-15T07:00:00.000000Z";
  l.tenant = "acme";
  l.task_id = "0190a1b2-0000-7000-8000-000000000001";
  l.original_id = "order-17";
  l.type = "notification.email";
  l.queue = "email";
  l.reason = "rejected";
  l.generation = 2;
  l.content_type = "application/json";
  amqp::byte_writer raw{d.bytes.raw_properties};
  amqp::encode_properties(raw, p);
  d.bytes.payload = R"({"to":"a"})";
  return d;
}

replay_order order() {
  replay_order o;
  o.queues = {"email", "webhook"};
  o.first_due = now;
  return o;
}

std::optional<locked_task> row(task_state state = task_state::dead, std::uint32_t generation = 2) {
  return locked_task{state, generation, "notification.email", "email"};
}

std::string refusal(const locked_dead_letter& l, const std::optional<locked_task>& t, const replay_order& o = order()) {
  return replay_refusal(l.record, t, o).value_or("");
}

std::string header_of(const postgres::outbox_row& out, const std::string& name) {
  auto it = std::find_if(out.headers.begin(), out.headers.end(), [&](auto& h) { return h.first == name; });
  return it == out.headers.end() ? "" : it->second;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay_)

BOOST_AUTO_TEST_CASE(a_republication_has_the_next_generation_and_the_original_properties) {
  auto out = replay_publication(dead_letter(), row(), order());
  BOOST_TEST(out.exchange == "");
  BOOST_TEST(out.routing_key == "email");
  BOOST_TEST(out.type == "notification.email");
  BOOST_TEST(out.message_id == "order-17");
  BOOST_TEST(out.correlation_id == "c-1");
  BOOST_TEST(out.reply_to == "results");
  BOOST_TEST(static_cast<int>(out.priority.value_or(0)) == 7);
  BOOST_TEST(header_of(out, "tenant") == "acme");
  BOOST_TEST(header_of(out, "max_attempts") == "3");
  BOOST_TEST(header_of(out, header::generation) == "3");
  BOOST_TEST(out.body == R"({"to":"a"})");
  BOOST_TEST(*out.due_at_us == to_us(now));
}

BOOST_AUTO_TEST_CASE(headers_added_by_the_broker_are_dropped) {
  auto out = replay_publication(dead_letter(), row(), order());
  for (auto& [name, value] : out.headers) BOOST_TEST(!(name.starts_with("x-") || name == "other"), name);
}

BOOST_AUTO_TEST_CASE(times_of_the_message_still_hold) {
  auto p = properties();
  p.time = amqp::timestamp{1'800'000'000 - 3'600};
  p.expiration = "7200000";
  p.headers.emplace_back("not_before", amqp::field_value{std::int64_t{1'800'000'060}});
  auto out = replay_publication(dead_letter(p), row(), order());
  BOOST_TEST(header_of(out, header::expires_at) == std::to_string(to_us(now + 1h)));
  BOOST_TEST(header_of(out, header::published_at) == std::to_string(to_us(now - 1h)));
  BOOST_TEST(*out.due_at_us == to_us(now + 60s));
}

BOOST_AUTO_TEST_CASE(an_edited_payload_is_published_instead_of_the_original) {
  auto o = order();
  o.edit = R"({"to":"b"})";
  BOOST_TEST(replay_publication(dead_letter(), row(), o).body == R"({"to":"b"})");
}

BOOST_AUTO_TEST_CASE(without_a_queue_of_tasks_it_goes_by_its_type) {
  auto l = dead_letter();
  l.record.queue = "dead-letter";
  auto out = replay_publication(l, row(), order());
  BOOST_TEST(out.exchange == "millrace");
  BOOST_TEST(out.routing_key == "notification.email");
  auto o = order();
  o.to_queue = "webhook";
  out = replay_publication(l, row(), o);
  BOOST_TEST(out.exchange == "");
  BOOST_TEST(out.routing_key == "webhook");
}

BOOST_AUTO_TEST_CASE(without_a_row_it_is_a_publication_under_its_id) {
  BOOST_TEST(refusal(dead_letter(), {}) == "");
  auto out = replay_publication(dead_letter(), {}, order());
  BOOST_TEST(out.message_id == "order-17");
  BOOST_TEST(header_of(out, header::generation) == "3");
}

BOOST_AUTO_TEST_CASE(only_the_present_death_of_a_task_is_replayed) {
  BOOST_TEST(refusal(dead_letter(), row()) == "");
  for (auto state : {task_state::scheduled, task_state::running, task_state::retrying, task_state::succeeded,
                     task_state::cancelled, task_state::expired})
    BOOST_TEST(refusal(dead_letter(), row(state)).find("not dead") != std::string::npos);
  BOOST_TEST(refusal(dead_letter(), row(task_state::dead, 4)).find("latest dead letter") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_settled_dead_letter_is_refused_unless_again) {
  auto replayed = dead_letter(), discarded = dead_letter();
  replayed.record.replayed_at = discarded.record.discarded_at = "2027-01-15T07:30:00.000000Z";
  auto again = order();
  again.again = true;
  for (auto& l : {replayed, discarded}) {
    BOOST_TEST(refusal(l, row()).find("use `again`") != std::string::npos);
    BOOST_TEST(refusal(l, row(), again) == "");
    BOOST_TEST(refusal(l, row(task_state::dead, 4), again) == "");
    BOOST_TEST(refusal(l, row(task_state::succeeded), again) != "");
  }
}

BOOST_AUTO_TEST_CASE(dead_letters_with_too_little_information_are_refused_with_advice) {
  auto conflict = dead_letter(), unreadable = dead_letter(), parked = dead_letter(), nameless = dead_letter();
  conflict.record.reason = "id_conflict";
  unreadable.record.reason = "malformed_properties";
  parked.record.parked_in = "millrace.parked";
  nameless.record.type = "";
  for (auto& l : {conflict, unreadable, nameless})
    BOOST_TEST(refusal(l, row()).find("millrace publish") != std::string::npos);
  BOOST_TEST(refusal(parked, row()).find("millrace.parked") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
