#include "runtime/task/handler.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace millrace;

BOOST_AUTO_TEST_SUITE(completions)

BOOST_AUTO_TEST_CASE(the_first_call_wins_over_all_copies) {
  std::vector<outcome> reported;
  {
    const completion done{[&](outcome o) { reported.push_back(std::move(o)); }};
    const auto copy = done;
    copy(succeeded{"1"});
    done(cancelled{"too late"});
  }
  BOOST_REQUIRE(reported.size() == 1u);
  BOOST_TEST(std::get<succeeded>(reported[0]).result == "1");
}

BOOST_AUTO_TEST_CASE(dropping_the_last_copy_uncalled_is_a_retry) {
  std::vector<outcome> reported;
  {
    std::optional<completion> done{[&](outcome o) { reported.push_back(std::move(o)); }};
    std::optional<completion> copy{done};
    done.reset();
    BOOST_TEST(reported.empty());
  }
  BOOST_REQUIRE(reported.size() == 1u);
  BOOST_TEST(std::get<retry>(reported[0]).error == "the handler dropped its completion");
  BOOST_TEST(!std::get<retry>(reported[0]).after.has_value());
}

BOOST_AUTO_TEST_CASE(calling_a_completion_releases_its_report_despite_live_copies) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> seen{held};
  const completion done{[held = std::move(held)](const outcome&) {}};
  done(succeeded{});
  BOOST_TEST(seen.expired());
}

BOOST_AUTO_TEST_CASE(of_calls_from_many_threads_one_counts) {
  std::atomic<int> reports = 0;
  const completion done{[&](const outcome&) { ++reports; }};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([done] { done(succeeded{}); });
  for (auto& t : threads) t.join();
  BOOST_TEST(reports == 1);
}

BOOST_AUTO_TEST_CASE(a_completion_without_a_report_is_refused) {
  BOOST_CHECK_THROW(completion{nullptr}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
