#include "runtime/supervision/event_loop.hpp"

#include <boost/test/unit_test.hpp>
#include <uv.h>

#include <csignal>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace millrace;
using namespace millrace::supervision;

BOOST_AUTO_TEST_SUITE(event_loops)

BOOST_AUTO_TEST_CASE(jobs_run_in_order_on_the_thread_of_the_loop) {
  event_loop loop;
  std::vector<int> order;
  std::thread::id where;
  for (int i = 0; i < 100; ++i) loop.post([&order, i] { order.push_back(i); });
  loop.run_and_wait([&] { where = std::this_thread::get_id(); });
  BOOST_REQUIRE(order.size() == 100u);
  for (int i = 0; i < 100; ++i) BOOST_TEST(order[static_cast<std::size_t>(i)] == i);
  BOOST_TEST((where != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(jobs_from_many_threads_all_run) {
  event_loop loop;
  int count = 0;  // used on the loop's thread only
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) loop.post([&count] { ++count; });
    });
  for (auto& t : threads) t.join();
  loop.run_and_wait([] {});
  BOOST_TEST(count == 4000);
}

BOOST_AUTO_TEST_CASE(a_job_from_the_loops_own_thread_runs_immediately) {
  event_loop loop;
  std::vector<int> order;
  loop.run_and_wait([&] {
    loop.run_and_wait([&] { order.push_back(1); });
    order.push_back(2);
  });
  BOOST_TEST(order == (std::vector<int>{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_loop_closes_what_is_still_open_when_it_stops) {
  bool closed = false;
  uv_timer_t timer{};
  timer.data = &closed;
  {
    event_loop loop;
    loop.run_and_wait([&] {
      uv_timer_init(loop.uv(), &timer);
      uv_timer_start(
          &timer, [](uv_timer_t*) {}, 3'600'000, 0);
    });
  }
  BOOST_TEST(uv_is_closing(reinterpret_cast<uv_handle_t*>(&timer)) != 0);
  BOOST_TEST(uv_is_active(reinterpret_cast<uv_handle_t*>(&timer)) == 0);
}

BOOST_AUTO_TEST_CASE(jobs_dropped_at_the_stop_are_destroyed_and_end_the_wait_for_them) {
  auto token = std::make_shared<int>(1);
  const std::weak_ptr<int> seen{token};
  std::optional<event_loop> loop{std::in_place};
  std::promise<void> entered;
  std::promise<void> release;
  loop->post([&] {
    entered.set_value();
    release.get_future().wait();
  });
  entered.get_future().wait();
  loop->post([token = std::move(token)] { BOOST_ERROR("ran although the loop was stopping"); });
  std::thread stopper{[&] { loop.reset(); }};
  // The loop rejects jobs once it is stopping, so this job and its token are destroyed immediately.
  for (bool stopping = false; !stopping; std::this_thread::yield()) {
    auto probe = std::make_shared<int>(0);
    const std::weak_ptr<int> alive{probe};
    loop->post([probe = std::move(probe)] {});
    stopping = alive.expired();
  }
  loop->run_and_wait([] { BOOST_ERROR("ran although the loop was stopping"); });
  release.set_value();
  stopper.join();
  BOOST_TEST(seen.expired());
}

BOOST_AUTO_TEST_CASE(a_peer_that_hangs_up_does_not_signal_the_process) {
  event_loop loop;
  sigset_t blocked;
  loop.run_and_wait([&] { pthread_sigmask(SIG_SETMASK, nullptr, &blocked); });
  BOOST_TEST(sigismember(&blocked, SIGPIPE) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
