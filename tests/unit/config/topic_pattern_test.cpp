#include "config/topic_pattern.hpp"

#include <boost/test/unit_test.hpp>

using millrace::config::topic_patterns_overlap;

BOOST_AUTO_TEST_SUITE(topic_patterns)

BOOST_AUTO_TEST_CASE(patterns_overlap_if_a_key_matches_both) {
  const auto overlap = [](const char* a, const char* b) {
    const bool answer = topic_patterns_overlap(a, b);
    BOOST_TEST(topic_patterns_overlap(b, a) == answer, a << " and " << b);
    return answer;
  };
  for (auto [a, b] : {std::pair{"a.b", "a.b"},
                      {"a.*", "a.b"},
                      {"*.b", "a.*"},
                      {"#", "a"},
                      {"#", "#"},
                      {"a.#", "a"},
                      {"a.#.b", "a.*"},
                      {"#.b.#", "a.#.c"},
                      {"a.#", "#.a"},
                      {"*.#", "#.z.*"}})
    BOOST_TEST(overlap(a, b), a << " and " << b);
  for (auto [a, b] : {std::pair{"a.b", "a.c"},
                      {"a.*", "b.#"},
                      {"*", "a.b"},
                      {"a.#.b", "a.#.c"},
                      {"*.*", "a"},
                      {"a.*.#", "a"},
                      {"#.a.#", "b.c"}})
    BOOST_TEST(!overlap(a, b), a << " and " << b);
}

BOOST_AUTO_TEST_SUITE_END()
