#include "runtime/tracing/trace_sampling.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace millrace;
using namespace millrace::tracing;

namespace {

const auto id = *uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057");
constexpr auto sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr auto not_sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// Ids as a careless producer counts them.
uuid number(std::uint16_t n) {
  uuid out;
  out.bytes[14] = static_cast<std::uint8_t>(n >> 8);
  out.bytes[15] = static_cast<std::uint8_t>(n);
  return out;
}

int traced_of_ten_thousand(std::uint32_t percent) {
  int traced = 0;
  for (std::uint16_t n = 0; n < 10'000; ++n) traced += trace_of("", "default", number(n), percent).has_value();
  return traced;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_sampling)

BOOST_AUTO_TEST_CASE(the_flag_of_a_traceparent_decides_whatever_the_share) {
  const auto where = trace_of(sampled, "default", id, 0);
  BOOST_REQUIRE(where.has_value());
  BOOST_TEST(to_traceparent(*where) == sampled);
  BOOST_TEST(!trace_of(not_sampled, "default", id, 100).has_value());
}

BOOST_AUTO_TEST_CASE(without_one_a_share_of_the_ids_is_traced) {
  BOOST_TEST(traced_of_ten_thousand(0) == 0);
  BOOST_TEST(traced_of_ten_thousand(100) == 10'000);
  for (const std::uint32_t percent : {1U, 10U, 50U}) {
    BOOST_TEST(traced_of_ten_thousand(percent) > 80 * static_cast<int>(percent));
    BOOST_TEST(traced_of_ten_thousand(percent) < 120 * static_cast<int>(percent));
  }
}

BOOST_AUTO_TEST_CASE(a_larger_sampling_share_includes_a_smaller_one) {
  for (std::uint16_t n = 0; n < 1'000; ++n)
    if (trace_of("", "default", number(n), 5)) BOOST_TEST(trace_of("", "default", number(n), 20).has_value());
}

BOOST_AUTO_TEST_CASE(the_trace_follows_from_tenant_and_id) {
  const auto where = trace_of("", "acme", id, 100);
  BOOST_REQUIRE(where.has_value());
  BOOST_TEST(where->sampled());
  BOOST_TEST((where->parent == span_id{}));
  BOOST_TEST((trace_of("", "acme", id, 100)->trace == where->trace));
  BOOST_TEST((trace_of("", "other", id, 100)->trace != where->trace));
}

BOOST_AUTO_TEST_CASE(spans_of_a_task_have_ids_of_their_own) {
  std::set<span_id> ids{process_span("acme", id, 0),         process_span("acme", id, 1),
                        process_span("acme", number(1), 0),  process_span("other", id, 0),
                        span_of("acme", id, 0, "execute 1"), span_of("acme", id, 0, "execute 2")};
  BOOST_TEST(ids.size() == 6U);
  BOOST_TEST((process_span("acme", id, 0) == process_span("acme", id, 0)));
}

BOOST_AUTO_TEST_CASE(new_ids_are_never_the_same_and_never_zero) {
  std::set<span_id> ids{span_id{}};
  for (int i = 0; i < 1'000; ++i) ids.insert(new_span_id());
  BOOST_TEST(ids.size() == 1'001U);
}

BOOST_AUTO_TEST_SUITE_END()
