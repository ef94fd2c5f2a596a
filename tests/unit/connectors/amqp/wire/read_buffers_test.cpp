#include "connectors/amqp/wire/read_buffer.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <thread>

using namespace millrace::amqp;

namespace {

struct buffer_fixture {
  std::shared_ptr<byte_counter> counter = std::make_shared<byte_counter>();
  read_buffer buffer{counter};

  void fill(std::string_view text, std::size_t frame_size = 0) {
    auto space = buffer.space(frame_size);
    BOOST_REQUIRE(space.size() >= text.size());
    std::memcpy(space.data(), text.data(), text.size());
    buffer.commit(text.size());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(read_buffers, buffer_fixture)

BOOST_AUTO_TEST_CASE(small_reads_share_a_block_and_never_overwrite) {
  fill("one");
  auto* first = buffer.unread().data();
  buffer.consume(3);
  fill("two");
  BOOST_TEST(buffer.unread() == "two");
  BOOST_TEST((buffer.unread().data() == first + 3));
  BOOST_TEST(std::string_view(first, 3) == "one");
}

BOOST_AUTO_TEST_CASE(a_frame_cut_by_a_block_s_end_moves_to_the_next) {
  auto size = read_buffer::block_size;
  fill(std::string(size - 10, 'x'));
  auto old = buffer.block();
  buffer.consume(size - 15);
  fill("yyyyy", 10);
  BOOST_TEST((buffer.block() != old));
  BOOST_TEST(buffer.unread() == "xxxxxyyyyy");
}

BOOST_AUTO_TEST_CASE(a_large_frame_gets_room_in_one_piece) {
  fill("head");
  auto space = buffer.space(1'000'000);
  BOOST_TEST(space.size() >= 1'000'000U - 4);
  BOOST_TEST(buffer.unread() == "head");
}

BOOST_AUTO_TEST_CASE(a_left_block_counts_until_its_last_owner_lets_go) {
  fill(std::string(read_buffer::block_size, 'x'));
  auto owner = buffer.block();
  buffer.consume(read_buffer::block_size);
  BOOST_TEST(counter->alive() == 0U);
  fill("y");
  BOOST_TEST(counter->alive() == read_buffer::block_size);
  std::thread([held = std::move(owner)]() mutable { held.reset(); }).join();
  BOOST_TEST(counter->alive() == 0U);
}

BOOST_AUTO_TEST_CASE(a_block_that_nobody_holds_does_not_count) {
  for (int i = 0; i < 100; ++i) {
    fill(std::string(read_buffer::block_size / 4, 'x'));
    buffer.consume(read_buffer::block_size / 4);
  }
  BOOST_TEST(counter->alive() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
