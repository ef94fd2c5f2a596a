#include "monitoring/log/log_sampler.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::monitoring;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(log_sampling)

BOOST_AUTO_TEST_CASE(the_first_lines_of_a_second_are_written_and_the_next_second_reports_the_suppressed_count) {
  log_sampler s{2};
  const std::chrono::steady_clock::time_point noon{12h};
  BOOST_TEST((s.admit(noon) == 0U));
  BOOST_TEST((s.admit(noon + 1ms) == 0U));
  for (int i = 0; i < 5; ++i) BOOST_TEST(!s.admit(noon + 999ms).has_value());
  BOOST_TEST((s.admit(noon + 1s) == 5U));
  BOOST_TEST((s.admit(noon + 1s) == 0U));
  BOOST_TEST(!s.admit(noon + 1s).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
