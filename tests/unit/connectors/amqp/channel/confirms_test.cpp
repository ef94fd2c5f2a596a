#include "connectors/amqp/channel/confirm_tracker.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::amqp;

namespace {

struct ledger_fixture {
  confirm_tracker confirms;
  std::vector<std::string> log;

  void add(const std::string& key, const std::string& id = "", const std::string& exchange = "") {
    outgoing message{exchange, key, {}, ""};
    message.props.message_id = id;
    confirms.add(message, [this, key](confirm what, const std::string& why) {
      const char* names[] = {"accepted", "refused", "returned", "unknown"};
      log.push_back(key + " " + names[static_cast<int>(what)] + (why.empty() ? "" : ": " + why));
    });
  }
  bool settle(std::uint64_t number, bool multiple, confirm what = confirm::accepted) {
    confirm_tracker::settlements ended;
    bool known = confirms.settle(number, multiple, what, ended);
    for (auto& each : ended) each.done(each.what, each.why);
    return known;
  }
  using lines = std::vector<std::string>;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(confirms, ledger_fixture)

BOOST_AUTO_TEST_CASE(one_by_one_and_out_of_order) {
  add("a"), add("b"), add("c");
  BOOST_TEST(settle(2, false));
  BOOST_TEST(confirms.open() == 2U);
  BOOST_TEST(settle(1, false));
  BOOST_TEST(settle(3, false, confirm::refused));
  BOOST_TEST((log == lines{"b accepted", "a accepted", "c refused: refused by the broker (basic.nack)"}));
  BOOST_TEST(confirms.open() == 0U);
}

BOOST_AUTO_TEST_CASE(multiple_settles_all_up_to_it_once) {
  add("a"), add("b"), add("c"), add("d");
  settle(2, false);
  settle(3, true);
  BOOST_TEST((log == lines{"b accepted", "a accepted", "c accepted"}));
  settle(0, true);
  BOOST_TEST(log.back() == "d accepted");
}

BOOST_AUTO_TEST_CASE(numbers_never_given_are_an_error_and_old_ones_are_not) {
  add("a");
  BOOST_TEST(!settle(2, false));
  BOOST_TEST(!settle(0, false));
  BOOST_TEST(settle(1, false));
  BOOST_TEST(settle(1, false));
  BOOST_TEST(!settle(2, true));
  BOOST_TEST(log.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_return_marks_the_oldest_publish_that_fits) {
  add("k", "1", "x"), add("k", "2", "x"), add("k", "2", "x"), add("k", "2", "y");
  confirms.returned("x", "k", "2", "no route");
  settle(4, true);
  BOOST_TEST((log == lines{"k accepted", "k returned: no route", "k accepted", "k accepted"}));
}

BOOST_AUTO_TEST_CASE(a_return_for_nothing_open_is_ignored) {
  add("a");
  confirms.returned("", "b", "", "no route");
  settle(1, false);
  BOOST_TEST((log == lines{"a accepted"}));
}

BOOST_AUTO_TEST_CASE(at_the_end_all_is_unknown_save_the_culprits) {
  add("a", "", "x"), add("b", "", "gone"), add("c", "", "x");
  settle(1, false);
  for (auto& each : confirms.abandon("closed", "gone")) each.done(each.what, each.why);
  BOOST_TEST((log == lines{"a accepted", "b returned: closed", "c unknown: closed"}));
  BOOST_TEST(confirms.open() == 0U);
  add("d");
  settle(1, false);  // a new channel counts from 1
  BOOST_TEST(log.back() == "d accepted");
}

BOOST_AUTO_TEST_SUITE_END()
