#include "connectors/amqp/wire/content_assembler.hpp"
#include "connectors/amqp/wire/method_id.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>

using namespace millrace::amqp;

namespace {

constexpr std::uint64_t max_body = 1'000'000;

struct content_fixture {
  std::shared_ptr<byte_counter> counter = std::make_shared<byte_counter>();
  content_assembler content{max_body, counter};
  std::vector<std::shared_ptr<byte_block>> blocks;

  /// Bytes in a block of their own, or in the block given.
  std::string_view put(std::string_view text) {
    blocks.push_back(std::make_shared<byte_block>(counter, 1'000));
    std::memcpy(blocks.back()->data(), text.data(), text.size());
    return {blocks.back()->data(), text.size()};
  }
  const std::shared_ptr<byte_block>& where() { return blocks.back(); }
  content_assembler::result header(std::string_view text) {
    auto payload = put(text);
    return content.header(payload, where());
  }
  content_assembler::result body(std::string_view text) {
    auto payload = put(text);
    return content.body(payload, where());
  }

  static std::string header_of(std::uint64_t size, std::uint16_t class_id = id::basic_class) {
    std::string out;
    byte_writer w(out);
    w.u16(class_id);
    w.u16(0);
    w.u64(size);
    w.bytes(std::string_view("\0\0", 2));
    return out;
  }
  void begin(std::string_view names) {
    basic_deliver m;
    m.tag = 5;
    m.exchange = names.substr(0, 2);
    m.routing_key = names.substr(2);
    content.begin(m, where());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(contents, content_fixture)

BOOST_AUTO_TEST_CASE(content_within_one_block_is_not_copied) {
  auto all = put("exkey" + header_of(4) + "body");
  begin(all.substr(0, 5));
  BOOST_TEST(!content.header(all.substr(5, 14), where()).value().has_value());
  BOOST_TEST(content.busy());
  auto made = content.body(all.substr(19, 4), where()).value().value();
  BOOST_TEST(!content.busy());
  BOOST_TEST((made.tag == delivery_tag{5}));
  BOOST_TEST(made.exchange == "ex");
  BOOST_TEST(made.routing_key == "key");
  BOOST_TEST(made.body == "body");
  BOOST_TEST((made.body.data() == all.data() + 19));
  BOOST_TEST((made.owner == where()));
}

BOOST_AUTO_TEST_CASE(content_across_blocks_is_assembled_once) {
  begin(put("exkey"));
  header(header_of(9)).value();
  body("one").value();
  body("two").value();
  auto made = body("end").value().value();
  blocks.clear();
  BOOST_TEST(made.exchange == "ex");
  BOOST_TEST(made.routing_key == "key");
  BOOST_TEST(made.raw_properties == std::string_view("\0\0", 2));
  BOOST_TEST(made.body == "onetwoend");
  BOOST_TEST(counter->alive() == 2 + 3 + 2 + 9U);
  made.owner.reset();
  BOOST_TEST(counter->alive() == 0U);
}

BOOST_AUTO_TEST_CASE(a_whole_body_in_a_later_block_keeps_the_names_alive) {
  begin(put("exkey"));
  header(header_of(4)).value();
  auto made = body("body").value().value();
  blocks.clear();
  BOOST_TEST(made.exchange == "ex");
  BOOST_TEST(made.body == "body");
}

BOOST_AUTO_TEST_CASE(an_empty_body_ends_with_the_header) {
  begin(put("exkey"));
  auto made = header(header_of(0)).value();
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->body.empty());
  BOOST_TEST(made->exchange == "ex");
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_dropped_without_memory_for_it) {
  begin(put("exkey"));
  header(header_of(max_body + 1)).value();
  std::string piece(max_body / 2, 'x');
  BOOST_TEST(!content.body(piece, where()).value().has_value());
  BOOST_TEST(!content.body(piece, where()).value().has_value());
  auto made = content.body("x", where()).value().value();
  BOOST_TEST(made.oversized);
  BOOST_TEST(made.body.empty());
  BOOST_TEST(made.body_size == max_body + 1);
  BOOST_TEST(made.exchange == "ex");
  BOOST_TEST(counter->alive() < 1'000U);
}

BOOST_AUTO_TEST_CASE(a_size_of_all_ones_asks_for_no_memory) {
  begin(put("exkey"));
  BOOST_TEST(!header(header_of(~std::uint64_t{0})).value().has_value());
  BOOST_TEST(!content.body("x", where()).value().has_value());
}

BOOST_AUTO_TEST_CASE(a_body_at_the_limit_is_taken) {
  begin(put("exkey"));
  header(header_of(max_body)).value();
  auto made = content.body(std::string(max_body, 'x'), where()).value().value();
  BOOST_TEST(!made.oversized);
  BOOST_TEST(made.body.size() == max_body);
}

BOOST_AUTO_TEST_CASE(a_body_longer_than_announced_is_an_error) {
  begin(put("exkey"));
  header(header_of(3)).value();
  body("ab").value();
  BOOST_TEST(body("cd").error().code == 501);
}

BOOST_AUTO_TEST_CASE(frames_out_of_turn_are_errors) {
  BOOST_TEST(header(header_of(1)).error().code == 505);
  BOOST_TEST(body("x").error().code == 505);
  begin(put("exkey"));
  BOOST_TEST(body("x").error().code == 505);
  header(header_of(1)).value();
  BOOST_TEST(header(header_of(1)).error().code == 505);
}

BOOST_AUTO_TEST_CASE(a_bad_header_is_an_error) {
  for (std::size_t size = 0; size < header_of(1).size(); ++size) {
    begin(put("exkey"));
    BOOST_TEST(header(header_of(1).substr(0, size)).error().code == 502, "cut at " << size);
  }
  begin(put("exkey"));
  BOOST_TEST(header(header_of(1, 61)).error().code == 501);
}

BOOST_AUTO_TEST_CASE(a_returned_message_has_no_body) {
  basic_return m;
  m.exchange = "ex";
  put("");
  content.begin(m, where());
  header(header_of(3)).value();
  auto made = body("abc").value().value();
  BOOST_TEST(made.body.empty());
  BOOST_TEST(!made.oversized);
  BOOST_TEST(made.exchange == "ex");
}

BOOST_AUTO_TEST_SUITE_END()
