#include "actors/delivery/delivery_buffer.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <future>

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

/// A buffer that returns what it forwards.
struct buffer : delivery_buffer {
  std::optional<deliveries> add(amqp::channel_epoch epoch, std::vector<amqp::delivery> all) {
    return forwarded([&](auto& to) { delivery_buffer::add(epoch, std::move(all), to); });
  }
  std::optional<deliveries> idle() {
    return forwarded([&](auto& to) { delivery_buffer::idle(to); });
  }
  static std::optional<deliveries> forwarded(const std::function<void(const forward&)>& step) {
    std::optional<deliveries> made;
    step([&](deliveries d) { made = std::move(d); });
    return made;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_buffers)

// The event loop must not forward a later read while the committer's thread forwards the buffered one.
BOOST_AUTO_TEST_CASE(reads_are_forwarded_in_order_by_two_threads) {
  delivery_buffer b;
  b.busy();
  b.add(first, read(1, 1), [](deliveries) { BOOST_ERROR("the committer is busy"); });
  std::string order;
  std::future<void> later;
  b.idle([&](deliveries d) {
    later =
        std::async(std::launch::async, [&] { b.add(first, read(2, 2), [&](deliveries l) { order += text(l) + "; "; }); });
    BOOST_TEST((later.wait_for(std::chrono::milliseconds{50}) == std::future_status::timeout));
    order += text(d) + "; ";
  });
  later.get();
  BOOST_TEST(order == "1: 1-1 (1); 1: 2-2 (1); ");
}

BOOST_AUTO_TEST_CASE(a_quiet_queue_forwards_every_read_immediately) {
  buffer b;
  BOOST_TEST(text(b.add(first, read(1, 1))) == "1: 1-1 (1)");
  BOOST_TEST(text(b.add(first, read(2, 4))) == "1: 2-4 (3)");
  BOOST_TEST(text(b.idle()) == "nothing");
}

BOOST_AUTO_TEST_CASE(deliveries_during_a_commit_are_forwarded_together_in_order) {
  buffer b;
  b.busy();
  BOOST_TEST(text(b.add(first, read(1, 2))) == "nothing");
  BOOST_TEST(text(b.add(first, read(3, 5))) == "nothing");
  BOOST_TEST(text(b.idle()) == "1: 1-5 (5)");
  BOOST_TEST(text(b.idle()) == "nothing");
  BOOST_TEST(text(b.add(first, read(6, 6))) == "1: 6-6 (1)");
}

BOOST_AUTO_TEST_CASE(much_goes_on_however_busy_the_committer_is) {
  buffer b;
  b.busy();
  BOOST_TEST(text(b.add(first, read(1, 100))) == "nothing");
  BOOST_TEST(text(b.add(first, read(101, 128))) == "1: 1-128 (128)");
  BOOST_TEST(text(b.add(first, read(129, 129))) == "nothing");
}

BOOST_AUTO_TEST_CASE(deliveries_of_an_earlier_channel_are_dropped) {
  buffer b;
  b.busy();
  BOOST_TEST(text(b.add(first, read(1, 2))) == "nothing");
  BOOST_TEST(text(b.add(second, read(1, 1))) == "nothing");
  BOOST_TEST(text(b.idle()) == "2: 1-1 (1)");
}

BOOST_AUTO_TEST_CASE(while_draining_nothing_waits_any_more) {
  buffer b;
  b.busy();
  BOOST_TEST(text(b.add(first, read(1, 2))) == "nothing");
  BOOST_TEST(text(b.open()) == "1: 1-2 (2)");
  BOOST_TEST(text(b.add(first, read(3, 3))) == "1: 3-3 (1)");
}

BOOST_AUTO_TEST_CASE(it_is_empty_once_everything_has_arrived) {
  buffer b;
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
