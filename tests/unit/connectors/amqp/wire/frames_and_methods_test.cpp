#include "connectors/amqp/wire/encode.hpp"
#include "connectors/amqp/wire/field_codec.hpp"
#include "connectors/amqp/wire/method_id.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::amqp;

namespace {

std::string deliver_payload() {
  std::string out;
  byte_writer w(out);
  w.u32(id::basic_deliver);
  w.short_string("ctag");
  w.u64(42);
  w.u8(1);
  w.short_string("ex");
  w.short_string("rk");
  return out;
}

std::string number(std::uint32_t method_number) {
  std::string out;
  byte_writer(out).u32(method_number);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(frames_and_methods)

BOOST_AUTO_TEST_CASE(a_frame_is_found_when_its_last_byte_is_there_and_not_before) {
  std::string raw;
  append_frame(raw, frame_kind::body, 7, [](byte_writer& w) { w.bytes("payload"); });
  for (std::size_t size = 0; size < raw.size(); ++size) {
    auto part = parse_frame(std::string_view(raw).substr(0, size), 4096).value();
    BOOST_TEST(part.size == 0U);
    BOOST_TEST(part.needed == (size < frame_head ? frame_overhead : raw.size()));
  }
  auto longer = raw + "more";
  auto whole = parse_frame(longer, 4096).value();
  BOOST_TEST(whole.size == raw.size());
  BOOST_TEST((whole.kind == frame_kind::body));
  BOOST_TEST(whole.channel == 7);
  BOOST_TEST(whole.payload == "payload");
}

BOOST_AUTO_TEST_CASE(a_frame_over_the_agreed_size_is_refused_from_its_head_alone) {
  std::string head("\3\0\1\xff\xff\xff\xff", 7);
  auto failed = parse_frame(head, 131'072);
  BOOST_REQUIRE(!failed.has_value());
  BOOST_TEST(failed.error().code == 501);
  std::string raw;
  append_frame(raw, frame_kind::body, 1, [](byte_writer& w) { w.bytes(std::string(4096 - 8, 'x')); });
  BOOST_TEST(parse_frame(raw, 4096).value().size == 4096U);
  BOOST_TEST(parse_frame(raw, 4095).error().code == 501);
}

BOOST_AUTO_TEST_CASE(a_wrong_end_mark_or_kind_is_refused) {
  std::string raw;
  append_heartbeat(raw);
  BOOST_TEST(parse_frame(raw, 4096).value().size == 8U);
  raw.back() = 'x';
  BOOST_TEST(parse_frame(raw, 4096).error().code == 501);
  for (char kind : {'\0', '\4', '\7', '\x9', 'A'})
    BOOST_TEST(parse_frame(std::string(1, kind), 4096).error().code == 501, "kind " << int{kind});
}

BOOST_AUTO_TEST_CASE(strangers_are_described) {
  BOOST_TEST(describe_other_protocol(std::string_view("AMQP\0\0\x09\x01", 8)).find("version") != std::string::npos);
  BOOST_TEST(describe_other_protocol("HTTP/1.1 400").find("HTTP") != std::string::npos);
  BOOST_TEST(describe_other_protocol("\x15\x03\x01\x00").find("amqps") != std::string::npos);
  BOOST_TEST(describe_other_protocol("SSH-2.0").find("does not speak AMQP") != std::string::npos);
  BOOST_TEST(describe_other_protocol(std::string_view("\1\0\0\0", 4)).empty());
}

BOOST_AUTO_TEST_CASE(a_delivery_is_read) {
  auto payload = deliver_payload();
  auto m = decode_method(payload).value();
  auto& deliver = std::get<basic_deliver>(m);
  BOOST_TEST(deliver.consumer_tag == "ctag");
  BOOST_TEST(deliver.tag == 42U);
  BOOST_TEST(deliver.redelivered);
  BOOST_TEST(deliver.exchange == "ex");
  BOOST_TEST(deliver.routing_key == "rk");
  BOOST_TEST(name_of(m) == "basic.deliver");
}

BOOST_AUTO_TEST_CASE(a_method_cut_anywhere_is_a_syntax_error) {
  auto payload = deliver_payload();
  for (std::size_t size = 0; size < payload.size(); ++size) {
    auto failed = decode_method(std::string_view(payload).substr(0, size));
    BOOST_REQUIRE(!failed.has_value());
    BOOST_TEST(failed.error().code == 502, "cut at " << size);
  }
}

BOOST_AUTO_TEST_CASE(a_method_that_no_broker_sends_is_refused_by_number) {
  for (auto each : {id::basic_publish, id::connection_open, id::queue_declare, id::of(90, 10), id::of(0, 0)}) {
    auto failed = decode_method(number(each));
    BOOST_REQUIRE(!failed.has_value());
    BOOST_TEST(failed.error().code == 503);
  }
  BOOST_TEST(decode_method(number(id::of(90, 10))).error().text.find("90.10") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_sent_method_is_one_frame) {
  std::string out;
  BOOST_TEST(encode::queue_declare(out, 3, {"q", {{"x-max-priority", field_value{std::int64_t{10}}}}}));
  auto f = parse_frame(out, 4096).value();
  BOOST_TEST(f.size == out.size());
  BOOST_TEST(f.channel == 3);
  byte_reader in(f.payload);
  BOOST_TEST(in.u32() == id::queue_declare);
  in.u16();
  BOOST_TEST(in.short_string() == "q");
  BOOST_TEST(in.u8() == 2);  // durable and nothing else
  auto arguments = decode_table(in.long_string(), {}).value();
  BOOST_TEST(std::get<std::int64_t>(find(arguments, "x-max-priority")->value) == 10);
  BOOST_TEST(in.ok());
  BOOST_TEST(in.rest().empty());
}

BOOST_AUTO_TEST_CASE(an_inspected_queue_is_declared_passively) {
  std::string out;
  BOOST_TEST(encode::queue_declare(out, 3, {.name = "q", .arguments = {}, .passive = true}));
  auto f = parse_frame(out, 4096).value();
  byte_reader in(f.payload);
  in.u32();
  in.u16();
  in.short_string();
  BOOST_TEST(in.u8() == 1);  // passive and nothing else
}

BOOST_AUTO_TEST_CASE(names_over_255_bytes_are_not_sent) {
  std::string out, longer(256, 'x');
  BOOST_TEST(!encode::queue_declare(out, 1, {longer, {}}));
  BOOST_TEST(!encode::basic_publish(out, 1, longer, ""));
  BOOST_TEST(!encode::basic_consume(out, 1, longer, ""));
  BOOST_TEST(encode::basic_consume(out, 1, longer.substr(1), ""));
}

BOOST_AUTO_TEST_SUITE_END()
