#include "actors/delivery/delivery_buffer.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;

namespace {

constexpr amqp::channel_epoch first{1}, second{2};

std::vector<amqp::delivery> read(std::uint64_t from, std::uint64_t to) {
  std::vector<amqp::delivery> all;
  for (auto tag = from; tag <= to; ++tag) {
    amqp::delivery d;
    d.tag = amqp::delivery_tag{tag};
    all.push_back(std::move(d));
  }
  return all;
}

/// "epoch: first tag - last tag (how many)", or "nothing".
std::string text(const std::optional<deliveries>& handed_on) {
  if (!handed_on) return "nothing";
  auto number = [](auto id) { return std::to_string(static_cast<std::uint64_t>(id)); };
  auto& batch = handed_on->batch;
  return number(handed_on->epoch) + ": " + number(batch.front().tag) + "-" + number(batch.back().tag) + " (" +
         std::to_string(batch.size()) + ")";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_buffers)

BOOST_AUTO_TEST_CASE(a_quiet_queue_forwards_every_read_immediately) {
  delivery_buffer b;
  BOOST_TEST(text(b.add(first, read(1, 1))) == "1: 1-1 (1)");
  BOOST_TEST(text(b.add(first, read(2, 4))) == "1: 2-4 (3)");
  BOOST_TEST(text(b.idle()) == "nothing");
}

BOOST_AUTO_TEST_CASE(deliveries_during_a_commit_are_forwarded_together_in_order) {
  delivery_buffer b;
  b.busy();
  BOOST_TEST(text(b.add(first, read(1, 2))) == "nothing");
  BOOST_TEST(text(b.add(first, read(3, 5))) == "nothing");
  BOOST_TEST(text(b.idle()) == "1: 1-5 (5)");
  BOOST_TEST(text(b.idle()) == "nothing");
  BOOST_TEST(text(b.add(first, read(6, 6))) == "1: 6-6 (1)");
}

BOOST_AUTO_TEST_CASE(much_goes_on_however_busy_the_committer_is) {
  delivery_buffer b;
  b.busy();
  BOOST_TEST(text(b.add(first, read(1, 100))) == "nothing");
  BOOST_TEST(text(b.add(first, read(101, 128))) == "1: 1-128 (128)");
  BOOST_TEST(text(b.add(first, read(129, 129))) == "nothing");
}

BOOST_AUTO_TEST_CASE(deliveries_of_an_earlier_channel_are_dropped) {
  delivery_buffer b;
  b.busy();
  BOOST_TEST(text(b.add(first, read(1, 2))) == "nothing");
  BOOST_TEST(text(b.add(second, read(1, 1))) == "nothing");
  BOOST_TEST(text(b.idle()) == "2: 1-1 (1)");
}

BOOST_AUTO_TEST_CASE(while_draining_nothing_waits_any_more) {
  delivery_buffer b;
  b.busy();
  BOOST_TEST(text(b.add(first, read(1, 2))) == "nothing");
  BOOST_TEST(text(b.open()) == "1: 1-2 (2)");
  BOOST_TEST(text(b.add(first, read(3, 3))) == "1: 3-3 (1)");
}

BOOST_AUTO_TEST_CASE(it_is_empty_once_everything_has_arrived) {
  delivery_buffer b;
  BOOST_TEST(b.empty());
  b.busy();
  BOOST_TEST(text(b.add(first, read(1, 2))) == "nothing");
  BOOST_TEST(!b.empty());
  BOOST_TEST(text(b.idle()) == "1: 1-2 (2)");
  BOOST_TEST(!b.empty());
  b.arrived(2);
  BOOST_TEST(b.empty());
}

BOOST_AUTO_TEST_SUITE_END()
