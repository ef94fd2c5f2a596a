#include "connectors/amqp/wire/properties_codec.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::amqp;

namespace {

properties full() {
  properties made;
  made.content_type = "application/json";
  made.content_encoding = "gzip";
  made.headers = {{"k", field_value{true}}};
  made.delivery_mode = 1;
  made.priority = 0;
  made.correlation_id = "c";
  made.reply_to = "r";
  made.expiration = "1";
  made.message_id = "m";
  made.time = timestamp{7};
  made.type = "t";
  made.user_id = "u";
  made.app_id = "a";
  return made;
}

std::string encoded(const properties& props) {
  std::string out;
  byte_writer w(out);
  encode_properties(w, props);
  BOOST_REQUIRE(w.ok());
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(properties_of_a_message)

BOOST_AUTO_TEST_CASE(all_of_them_survive_the_round_trip) {
  auto back = decode_properties(encoded(full())).value();
  BOOST_TEST(encoded(back) == encoded(full()));
  BOOST_TEST(back.content_encoding == "gzip");
  BOOST_TEST(int{back.delivery_mode} == 1);
  BOOST_TEST(back.priority.has_value());
  BOOST_TEST(back.app_id == "a");
}

BOOST_AUTO_TEST_CASE(none_of_them_is_two_bytes_and_transient) {
  auto back = decode_properties(std::string_view("\0\0", 2)).value();
  BOOST_TEST(int{back.delivery_mode} == 1);
  BOOST_TEST(!back.priority.has_value());
  BOOST_TEST(back.message_id.empty());
}

BOOST_AUTO_TEST_CASE(cut_anywhere_they_are_an_error) {
  auto whole = encoded(full());
  for (std::size_t size = 0; size < whole.size(); ++size)
    BOOST_TEST(!decode_properties(std::string_view(whole).substr(0, size)).has_value(), "cut at " << size);
}

BOOST_AUTO_TEST_CASE(bytes_after_them_are_an_error) {
  BOOST_TEST(decode_properties(encoded(full()) + "x").error() == "properties: 1 bytes too many");
}

BOOST_AUTO_TEST_CASE(unknown_flags_are_an_error) {
  BOOST_TEST(!decode_properties(std::string_view("\0\1\0\0", 4)).has_value());
  BOOST_TEST(!decode_properties(std::string_view("\0\2", 2)).has_value());
}

BOOST_AUTO_TEST_CASE(an_old_cluster_id_is_skipped) {
  BOOST_TEST(decode_properties(std::string_view("\0\4\1x", 4)).has_value());
}

BOOST_AUTO_TEST_CASE(an_error_in_the_headers_says_where) {
  std::string raw("\x20\0\0\0\0\5\3bad?", 11);
  BOOST_TEST(decode_properties(raw).error() == "headers: field 'bad': unknown type 63");
}

BOOST_AUTO_TEST_CASE(headers_over_their_limit_are_not_read) {
  property_limits limits;
  limits.max_bytes = 2;
  BOOST_TEST(!decode_properties(encoded(full()), limits).has_value());
}

BOOST_AUTO_TEST_CASE(a_redelivery_with_unreadable_headers_keeps_all_other_properties) {
  // flags: content_type, headers, message_id; the table differs because of x-delivery-count
  auto raw = [](const std::string& table) {
    std::string size{'\0', '\0', '\0', static_cast<char>(table.size())};
    return std::string("\xa0\x80", 2) +
           "\x03"
           "abc" +
           size + table +
           "\x02"
           "id";
  };
  BOOST_TEST(without_headers(raw("one")) == without_headers(raw("another")));
  BOOST_TEST(without_headers(raw("one")).ends_with("id"));
  BOOST_TEST(without_headers("cut") == "cut");
}

BOOST_AUTO_TEST_SUITE_END()
