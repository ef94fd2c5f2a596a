#include "actors/operations/dead_reason_names.hpp"

#include "runtime/task/outcome.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace millrace;
using namespace millrace::operations;

BOOST_AUTO_TEST_SUITE(dead_letter_names)

BOOST_AUTO_TEST_CASE(operators_may_filter_by_every_reason_that_there_is) {
  auto& names = dead_reason_names();
  BOOST_TEST(std::set<std::string_view>(names.begin(), names.end()).size() == names.size());
  for (auto reason :
       {dead_reason::malformed_payload, dead_reason::invalid_follow_up, dead_reason::rejected, last_dead_reason})
    BOOST_TEST((std::ranges::find(names, to_string(reason)) != names.end()), to_string(reason));
}

BOOST_AUTO_TEST_SUITE_END()
