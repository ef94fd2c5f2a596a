#include "actors/node/span_buffer.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::tracing;

namespace {

std::vector<span> spans(std::size_t count, const std::string& name = "s") {
  std::vector<span> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i].name = name + std::to_string(i);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(span_buffers)

BOOST_AUTO_TEST_CASE(spans_are_taken_in_order_up_to_the_requested_number) {
  span_buffer b;
  b.add(spans(3, "a"));
  b.add(spans(1, "b"));
  auto first = b.take(2);
  BOOST_REQUIRE(first.size() == 2U);
  BOOST_TEST(first[0].name == "a0");
  BOOST_TEST(first[1].name == "a1");
  auto rest = b.take(100);
  BOOST_REQUIRE(rest.size() == 2U);
  BOOST_TEST(rest[1].name == "b0");
  BOOST_TEST(b.take(1).empty());
}

BOOST_AUTO_TEST_CASE(tasks_without_room_are_executed_unrecorded_and_reported) {
  span_buffer b{5};
  BOOST_TEST(b.add(spans(4)).dropped == 0U);
  BOOST_TEST(b.add(spans(4, "late")).dropped == 3U);
  BOOST_TEST(b.add(spans(2)).dropped == 2U);
  BOOST_TEST(b.size() == 5U);
  BOOST_TEST(b.take(5).back().name == "late0");
  BOOST_TEST(b.add(spans(5)).dropped == 0U);
}

BOOST_AUTO_TEST_CASE(a_waiting_batch_is_reported_once) {
  span_buffer b;
  BOOST_TEST(!b.add(spans(span_buffer::batch - 1)).batch_ready);
  BOOST_TEST(b.add(spans(1)).batch_ready);
  BOOST_TEST(!b.add(spans(span_buffer::batch)).batch_ready);
  b.take(span_buffer::batch + 1);
  BOOST_TEST(b.add(spans(1)).batch_ready);
}

BOOST_AUTO_TEST_CASE(threads_may_add_and_take_concurrently_and_each_span_is_taken_or_counted) {
  span_buffer b{1'000};
  std::atomic<std::size_t> dropped = 0, taken = 0;
  std::atomic<int> adding = 4;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) dropped += b.add(spans(7)).dropped;
      --adding;
    });
  threads.emplace_back([&] {
    while (adding > 0) taken += b.take(64).size();
  });
  for (auto& t : threads) t.join();
  taken += b.take(1'001).size();
  BOOST_TEST(b.size() == 0U);
  BOOST_TEST(taken + dropped == 4U * 2'000U * 7U);
}

BOOST_AUTO_TEST_SUITE_END()
