#include "connectors/amqp/wire/field_codec.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::amqp;

namespace {

std::string encoded(const field_table& table) {
  std::string out;
  byte_writer w(out);
  encode_table(w, table);
  BOOST_REQUIRE(w.ok());
  return out.substr(4);  // without its length
}

field_value text(const char* value) { return {std::string(value)}; }
field_value number(std::int64_t value) { return {value}; }

/// `count` arrays or tables, one in the other, as only an attacker writes them.
std::string nested(char kind, std::size_t count) {
  std::string inside;
  for (std::size_t i = 0; i < count; ++i) {
    std::string around;
    byte_writer w(around);
    if (kind == 'F') w.short_string("k");
    w.u8(static_cast<std::uint8_t>(kind));
    w.long_string(inside);
    inside = std::move(around);
  }
  return kind == 'F' ? inside : "\1k" + inside;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(field_tables)

BOOST_AUTO_TEST_CASE(every_kind_of_value_survives_the_round_trip) {
  field_table table{{"nothing", {}},
                    {"yes", {true}},
                    {"small", number(-1)},
                    {"large", number(std::int64_t{1} << 40)},
                    {"least", number(std::numeric_limits<std::int64_t>::min())},
                    {"half", {0.5}},
                    {"price", {decimal{2, -1234}}},
                    {"text", text("täxt")},
                    {"bytes", {byte_array{std::string("\0\xff", 2)}}},
                    {"time", {timestamp{1'700'000'000}}},
                    {"list", {field_array{number(1), text("two"), {field_array{}}}}},
                    {"table", {field_table{{"inner", {true}}, {"inner", {false}}}}},
                    {"", text("a name may be empty")}};
  auto back = decode_table(encoded(table), {});
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST((*back == table));
}

BOOST_AUTO_TEST_CASE(integers_of_every_width_are_read_with_their_sign) {
  std::string raw;
  byte_writer w(raw);
  auto name = [&](const char* n, char kind) { w.short_string(n), w.u8(static_cast<std::uint8_t>(kind)); };
  name("b", 'b'), w.u8(0xff);
  name("B", 'B'), w.u8(0xff);
  name("s", 's'), w.u16(0xffff);
  name("u", 'u'), w.u16(0xffff);
  name("I", 'I'), w.u32(0xffffffff);
  name("i", 'i'), w.u32(0xffffffff);
  name("l", 'l'), w.u64(~std::uint64_t{0});
  name("f", 'f'), w.u32(0x3f000000);
  auto table = decode_table(raw, {}).value();
  auto integer = [&](const char* n) { return std::get<std::int64_t>(find(table, n)->value); };
  BOOST_TEST(integer("b") == -1);
  BOOST_TEST(integer("B") == 255);
  BOOST_TEST(integer("s") == -1);
  BOOST_TEST(integer("u") == 65'535);
  BOOST_TEST(integer("I") == -1);
  BOOST_TEST(integer("i") == 4'294'967'295);
  BOOST_TEST(integer("l") == -1);
  BOOST_TEST(std::get<double>(find(table, "f")->value) == 0.5);
}

BOOST_AUTO_TEST_CASE(a_table_cut_anywhere_within_a_field_is_an_error) {
  field_table table{{"list", {field_array{number(1), text("two")}}}};
  auto whole = encoded(table);
  for (std::size_t size = 1; size < whole.size(); ++size)
    BOOST_TEST(!decode_table(std::string_view(whole).substr(0, size), {}).has_value(), "cut at " << size);
}

BOOST_AUTO_TEST_CASE(nesting_26000_deep_is_an_error_and_no_crash) {
  for (char kind : {'A', 'F'}) {
    auto raw = nested(kind, kind == 'A' ? 12'000 : 9'000);
    property_limits wide;
    wide.max_bytes = 10'000'000;
    auto failed = decode_table(raw, wide);
    BOOST_REQUIRE(!failed.has_value());
    BOOST_TEST(failed.error().find("nested deeper than 32") != std::string::npos, failed.error());
  }
  property_limits wide;
  wide.max_bytes = 10'000'000;
  BOOST_TEST(!decode_table(nested('A', 26'000), wide).has_value());
}

BOOST_AUTO_TEST_CASE(the_allowed_depth_is_allowed) {
  property_limits limits;
  limits.max_depth = 8;
  BOOST_TEST(decode_table(nested('F', 7), limits).has_value());
  BOOST_TEST(!decode_table(nested('F', 8), limits).has_value());
}

BOOST_AUTO_TEST_CASE(too_many_fields_or_bytes_are_refused) {
  property_limits limits;
  limits.max_fields = 3;
  field_table table{{"a", {}}, {"b", {field_array{{}, {}}}}};
  BOOST_TEST(!decode_table(encoded(table), limits).has_value());
  limits.max_fields = 4;
  BOOST_TEST(decode_table(encoded(table), limits).has_value());
  limits.max_bytes = encoded(table).size() - 1;
  BOOST_TEST(!decode_table(encoded(table), limits).has_value());
}

BOOST_AUTO_TEST_CASE(an_announced_length_is_not_believed) {
  std::string raw("\1aS\xff\xff\xff\xff", 7);
  BOOST_TEST(decode_table(raw, {}).error() == "field 'a': cut short");
  BOOST_TEST(decode_table(std::string("\1aA\x7f\xff\xff\xff", 7), {}).error() == "field 'a': cut short");
}

BOOST_AUTO_TEST_CASE(an_unknown_type_names_the_field) {
  BOOST_TEST(decode_table(std::string("\3abcL", 5), {}).error() == "field 'abc': unknown type 76");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_too_long_is_not_written) {
  std::string out;
  byte_writer w(out);
  encode_table(w, {{std::string(256, 'n'), {}}});
  BOOST_TEST(!w.ok());
}

BOOST_AUTO_TEST_CASE(the_last_of_equal_names_counts) {
  field_table table{{"a", number(1)}, {"a", number(2)}};
  BOOST_TEST((*find(table, "a") == number(2)));
  BOOST_TEST(find(table, "b") == nullptr);
}

BOOST_AUTO_TEST_CASE(json_is_for_people) {
  field_table table{{"n", {}},
                    {"d", {decimal{2, -5}}},
                    {"t", {timestamp{0}}},
                    {"far", {timestamp{~std::uint64_t{0}}}},
                    {"x", text("\xff\"")},
                    {"l", {field_array{number(1), {field_table{}}}}}};
  BOOST_TEST(to_json(table) ==
             "{\"d\":\"-0.05\",\"far\":18446744073709551615,\"l\":[1,{}],\"n\":null,\"t\":\"1970-01-01T00:00:00Z\","
             "\"x\":\"\xEF\xBF\xBD\\\"\"}");
}

BOOST_AUTO_TEST_SUITE_END()
