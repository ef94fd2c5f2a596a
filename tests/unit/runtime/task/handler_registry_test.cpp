#include "runtime/task/handler_registry.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <stdexcept>

using namespace millrace;

namespace {

struct set_based : transactional_handler {
  static constexpr auto type = "ledger.close_month";
  std::vector<outcome> execute(unit_of_work&, std::span<const task> batch) override {
    return std::vector<outcome>(batch.size(), succeeded{});
  }
};

struct outward : effect_handler {
  static constexpr auto type = "billing.invoice";
  explicit outward(int) {}
  void execute(const task&, effect_context&, completion done) override { done(succeeded{}); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(registries)

BOOST_AUTO_TEST_CASE(handlers_are_found_by_their_type) {
  registry known;
  type_policy careful;
  careful.id_required = true;
  known.add<set_based>(careful);
  type_policy impatient;
  impatient.max_attempts = 3;
  known.add<outward>(impatient, 7);
  BOOST_REQUIRE(known.find("ledger.close_month"));
  BOOST_TEST(known.find("ledger.close_month")->transactional());
  BOOST_TEST(known.find("ledger.close_month")->policy.id_required);
  BOOST_REQUIRE(known.find("billing.invoice"));
  BOOST_TEST(!known.find("billing.invoice")->transactional());
  BOOST_TEST(known.find("billing.invoice")->policy.max_attempts == 3u);
  BOOST_TEST(known.find("billing.invoic") == nullptr);
  BOOST_TEST(known.types() == (std::vector<std::string>{"billing.invoice", "ledger.close_month"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(two_handlers_of_one_type_are_a_mistake) {
  registry known;
  known.add<set_based>({});
  BOOST_CHECK_THROW(known.add<set_based>({}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(configuration_replaces_the_policy_of_known_types_only) {
  registry known;
  known.add<set_based>({});
  type_policy narrow;
  narrow.concurrency = 2;
  BOOST_TEST(known.set_policy("ledger.close_month", narrow));
  BOOST_TEST(known.find("ledger.close_month")->policy.concurrency == 2u);
  BOOST_TEST(!known.set_policy("unheard.of", {}));
}

BOOST_AUTO_TEST_CASE(every_reason_for_a_dead_letter_has_a_name_of_its_own) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(dead_reason::poison); ++i) names.insert(to_string(static_cast<dead_reason>(i)));
  BOOST_TEST(names.size() == static_cast<std::size_t>(dead_reason::poison) + 1);
  BOOST_TEST(names.contains("malformed_payload"));
}

BOOST_AUTO_TEST_SUITE_END()
