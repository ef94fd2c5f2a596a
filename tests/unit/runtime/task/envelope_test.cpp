#include "runtime/task/envelope.hpp"

#include "runtime/task/rfc3339.hpp"
#include "runtime/task/task_identity.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace millrace;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr auto some_id = "0190a6e2-8f3b-7cc1-a2b4-1c7d5e9f0a11";

/// A good message; each test changes what it is about.
incoming message(std::string body = "{}") {
  incoming in;
  in.queue = "email";
  in.exchange = "millrace";
  in.routing_key = "notification.email";
  in.type = "notification.email";
  in.message_id = some_id;
  in.content_type = "application/json";
  in.body = shared_bytes::own(std::move(body));
  in.received_at = from_unix_seconds(1'795'253'400).value();
  return in;
}

decoded decode(const incoming& in) {
  return decode_envelope(in, [](std::string_view type) {
    return type_facts{type == "notification.email" || type == "transaction.transfer", type == "transaction.transfer"};
  });
}

/// "reason: error", or "none".
std::string problem(const incoming& in) {
  const auto d = decode(in);
  return d.problem ? to_string(d.problem->reason) + ": "s + d.problem->error : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(envelopes)

BOOST_AUTO_TEST_CASE(a_full_envelope_becomes_a_task) {
  auto in = message(R"({"to":"a@b.example"})");
  in.correlation_id = "order 17";
  in.reply_to = "results";
  in.expiration = "60000";
  in.priority = 7;
  in.timestamp_s = 1'795'253'000;
  in.tenant = "Shop_1.eu-west";
  in.not_before = "2026-11-21T10:00:00+01:00";
  in.max_attempts = 3;
  in.generation = 2;
  in.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto [t, problem] = decode(in);
  BOOST_REQUIRE(!problem.has_value());
  BOOST_TEST(to_string(t.id) == some_id);
  BOOST_TEST(t.original_id == "");
  BOOST_TEST(t.tenant == "Shop_1.eu-west");
  BOOST_TEST(t.type == "notification.email");
  BOOST_TEST(t.queue == "email");
  BOOST_TEST((t.content == content_type::json));
  BOOST_TEST(t.payload.view() == R"({"to":"a@b.example"})");
  BOOST_TEST(t.payload.view().data() == in.body.view().data());
  BOOST_TEST(t.generation == 2u);
  BOOST_TEST(t.max_attempts == 3u);
  BOOST_TEST(t.correlation_id == "order 17");
  BOOST_TEST(t.reply_to == "results");
  BOOST_TEST(t.traceparent == in.traceparent);
  BOOST_TEST(int{t.priority.value()} == 7);
  BOOST_TEST(to_rfc3339(t.not_before.value()) == "2026-11-21T09:00:00.000000Z");
  BOOST_TEST((t.published_at == from_unix_seconds(1'795'253'000)));
  BOOST_TEST((t.expires_at == *t.published_at + 60s));
  BOOST_TEST((t.received_at == in.received_at));
}

BOOST_AUTO_TEST_CASE(absent_values_have_defaults) {
  const auto [t, problem] = decode(message());
  BOOST_REQUIRE(!problem.has_value());
  BOOST_TEST(t.tenant == "default");
  BOOST_TEST(t.generation == 0u);
  BOOST_TEST(t.max_attempts == 0u);
  BOOST_TEST(!t.expires_at.has_value());
  BOOST_TEST(!t.not_before.has_value());
}

BOOST_AUTO_TEST_CASE(the_routing_key_replaces_a_missing_type) {
  auto in = message();
  in.type = "";
  BOOST_TEST(decode(in).what.type == "notification.email");
  in.routing_key = "";
  BOOST_TEST(problem(in) == "unknown_type: no task type: set the AMQP property `type`");
}

BOOST_AUTO_TEST_CASE(the_name_of_a_queue_is_no_type) {
  auto in = message();
  in.exchange = "";
  in.routing_key = "email";
  BOOST_TEST(problem(in) == "none");
  in.type = "";
  BOOST_TEST(problem(in) == "unknown_type: no task type: set the AMQP property `type`");
  in.queue = "dead-letter";  // forwarded: the key is no longer the queue's name, and no type either
  BOOST_TEST(problem(in) == "unknown_type: no handler for task type 'email' on this node");
}

BOOST_AUTO_TEST_CASE(content_types_may_have_parameters_and_any_case) {
  auto in = message();
  for (const auto* json : {"", "application/json", "Application/JSON; charset=utf-8", "application/json ;charset=utf-8"}) {
    in.content_type = json;
    BOOST_TEST(problem(in) == "none", json);
  }
  in.body = shared_bytes::own("\x80");
  for (const auto* msgpack : {"application/msgpack", "application/x-msgpack"}) {
    in.content_type = msgpack;
    BOOST_TEST(problem(in) == "none", msgpack);
    BOOST_TEST((decode(in).what.content == content_type::msgpack));
  }
  for (const auto* other :
       {"text/plain", "application/x-python-serialize", ";", "application/jsonx", "application/json\n"}) {
    in.content_type = other;
    BOOST_TEST(problem(in).starts_with("unsupported_content_type: content type '"), other);
  }
}

BOOST_AUTO_TEST_CASE(expiration_without_a_timestamp_counts_from_the_arrival) {
  auto in = message();
  in.expiration = "0";
  BOOST_TEST((decode(in).what.expires_at == in.received_at));
}

BOOST_AUTO_TEST_CASE(not_before_may_be_seconds) {
  auto in = message();
  in.not_before = "1795253400";
  BOOST_TEST(to_rfc3339(decode(in).what.not_before.value()) == "2026-11-21T09:30:00.000000Z");
}

BOOST_AUTO_TEST_CASE(a_trace_context_that_cannot_be_read_is_dropped_and_costs_nothing) {
  auto in = message();
  in.traceparent = "garbage\xff";
  BOOST_TEST(problem(in) == "none");
  BOOST_TEST(decode(in).what.traceparent == "");
}

BOOST_AUTO_TEST_CASE(each_bad_property_is_named) {
  const auto with = [](auto change) {
    auto in = message();
    change(in);
    return problem(in);
  };
  const std::string long_text(256, 'x');
  const std::string prefix = "malformed_properties: ";
  BOOST_TEST(with([&](incoming& in) { in.type = "a\xff"; }).starts_with(prefix + "property 'type'"));
  BOOST_TEST(with([&](incoming& in) { in.tenant = "a b"; }).starts_with(prefix + "header 'tenant': 'a b'"));
  BOOST_TEST(with([&](incoming& in) {
               in.tenant = std::string_view{long_text}.substr(0, 65);
             }).starts_with(prefix + "header 'tenant'"));
  BOOST_TEST(with([&](incoming& in) { in.correlation_id = long_text; }).starts_with(prefix + "property 'correlation_id'"));
  BOOST_TEST(with([&](incoming& in) { in.reply_to = "a\nb"; }).starts_with(prefix + "property 'reply_to'"));
  BOOST_TEST(with([&](incoming& in) { in.message_id = "a\xff"; }).starts_with(prefix + "property 'message_id'"));
  BOOST_TEST(with([&](incoming& in) { in.timestamp_s = 1'795'253'400'000; }).starts_with(prefix + "property 'timestamp'"));
  for (const auto* bad : {"soon", "-1", "1.5", "4294967296", " 1"})
    BOOST_TEST(with([&](incoming& in) { in.expiration = bad; }).starts_with(prefix + "property 'expiration'"), bad);
  for (const auto* bad : {"soon", "-1", "1.5", "99999999999999999999", "1795253400000", "2026-11-21T09:30:00"})
    BOOST_TEST(with([&](incoming& in) { in.not_before = bad; }).starts_with(prefix + "header 'not_before'"), bad);
  for (const std::int64_t bad : {-1LL, 0LL, 1001LL})
    BOOST_TEST(with([&](incoming& in) { in.max_attempts = bad; }).starts_with(prefix + "header 'max_attempts'"), bad);
  for (const std::int64_t bad : {-1LL, 2'147'483'648LL})
    BOOST_TEST(with([&](incoming& in) { in.generation = bad; }).starts_with(prefix + "header 'millrace-generation'"), bad);
  BOOST_TEST(with([&](incoming& in) { in.properties_error = "header table cut off"; }) == prefix + "header table cut off");
  BOOST_TEST(with([&](incoming& in) { in.properties_error = "header \xff"; }) == prefix + "'header ?'");
}

BOOST_AUTO_TEST_CASE(a_malformed_payload_is_explained) {
  BOOST_TEST(problem(message("{\"a\":")) == "malformed_payload: expected a value at the end, byte 5");
  BOOST_TEST(problem(message("")) == "malformed_payload: the payload is empty");
  auto in = message("{}");
  in.content_type = "application/msgpack";
  BOOST_TEST(problem(in) == "malformed_payload: unexpected bytes after the value at byte 1");
}

BOOST_AUTO_TEST_CASE(all_that_can_be_read_of_a_broken_message_is_kept) {
  auto in = message("broken");
  in.tenant = "shop";
  in.correlation_id = "order 17";
  in.expiration = "soon";
  in.reply_to = "results";
  const auto d = decode(in);
  BOOST_TEST(d.problem.has_value());
  BOOST_TEST(to_string(d.what.id) == some_id);
  BOOST_TEST(d.what.tenant == "shop");
  BOOST_TEST(d.what.correlation_id == "order 17");
  BOOST_TEST(d.what.reply_to == "results");
  BOOST_TEST(d.what.payload.view() == "broken");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(identities)

BOOST_AUTO_TEST_CASE(a_text_is_mapped_and_kept_and_differs_by_tenant) {
  auto in = message();
  in.message_id = "order-17";
  const auto first = decode(in).what;
  BOOST_TEST(first.original_id == "order-17");
  BOOST_TEST((first.id == id_of_text("default", "order-17")));
  BOOST_TEST((decode(in).what.id == first.id));
  in.tenant = "shop";
  BOOST_TEST((decode(in).what.id != first.id));
}

BOOST_AUTO_TEST_CASE(derived_ids_never_change) {
  // Golden values. If they changed, redelivered tasks would run again after an upgrade.
  BOOST_TEST(to_string(id_of_text("default", "order-17")) == "7cb21d2a-5b30-5708-a035-50101069961c");
  BOOST_TEST(to_string(id_of_broken(message("broken"))) == "b35c9841-09d1-5828-8ef5-a1f849fae534");
}

BOOST_AUTO_TEST_CASE(an_id_has_at_most_128_bytes) {
  auto in = message();
  const std::string text(129, 'x');
  in.message_id = std::string_view{text}.substr(0, 128);
  BOOST_TEST(problem(in) == "none");
  in.message_id = text;
  BOOST_TEST(problem(in) == "id_too_long: property 'message_id': 129 bytes, more than 128");
  BOOST_TEST((decode(in).what.id == id_of_broken(in)));
  BOOST_TEST(decode(in).what.original_id == "");
}

BOOST_AUTO_TEST_CASE(a_missing_id_is_assigned_except_for_money_transfers) {
  auto in = message();
  in.message_id = "";
  BOOST_TEST(problem(in) == "none");
  BOOST_TEST((decode(in).what.id != decode(in).what.id));
  BOOST_TEST(to_string(decode(in).what.id)[14] == '7');
  in.type = "transaction.transfer";
  BOOST_TEST(problem(in) == "missing_id: tasks of type 'transaction.transfer' need the AMQP property `message_id`");
  BOOST_TEST((decode(in).what.id == decode(in).what.id));
}

BOOST_AUTO_TEST_CASE(a_broken_message_without_an_id_is_the_same_task_when_it_comes_again) {
  auto in = message("broken");
  in.message_id = "";
  const auto id = decode(in).what.id;
  auto again = message("broken");
  again.message_id = "";
  again.received_at += 5s;
  again.raw_properties = "with a header the broker has added";
  BOOST_TEST((decode(again).what.id == id));
  again.correlation_id = "another";
  BOOST_TEST((decode(again).what.id != id));
  again = in;
  again.body = shared_bytes::own("broken too");
  BOOST_TEST((decode(again).what.id != id));
}

BOOST_AUTO_TEST_CASE(unreadable_properties_are_distinguished_by_their_bytes) {
  auto in = message("{}");
  in.message_id = "";
  in.properties_error = "header table cut off";
  in.raw_properties = "one";
  const auto id = decode(in).what.id;
  BOOST_TEST((decode(in).what.id == id));
  in.raw_properties = "two";
  BOOST_TEST((decode(in).what.id != id));
}

BOOST_AUTO_TEST_CASE(a_tenant_that_cannot_be_read_does_not_take_an_id_from_the_default_tenant) {
  auto in = message();
  in.tenant = "no such tenant!";
  const auto d = decode(in);
  BOOST_TEST(d.problem.has_value());
  BOOST_TEST(d.what.tenant == "default");
  BOOST_TEST(to_string(d.what.id) != some_id);
}

BOOST_AUTO_TEST_SUITE_END()
