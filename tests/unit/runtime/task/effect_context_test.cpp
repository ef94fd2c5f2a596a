#include "runtime/task/effect_context.hpp"

#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;

namespace {

/// The message of the std::logic_error that `ask` throws.
template <class Ask>
std::string error_of(Ask ask) {
  try {
    ask();
  } catch (const std::logic_error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(effect_contexts)

BOOST_AUTO_TEST_CASE(a_client_that_was_not_provided_is_a_programming_error_that_names_it) {
  effect_context empty{{}};
  BOOST_TEST(error_of([&] { empty.http(); }) == "effect_context: no HTTP client was provided");
  BOOST_TEST(error_of([&] { empty.mail(); }) == "effect_context: no mail client was provided");
  BOOST_TEST(error_of([&] { empty.read_database({}, {}); }) == "effect_context: no database was provided");
}

BOOST_AUTO_TEST_CASE(without_services_the_defaults_are_harmless) {
  effect_context empty{{}};
  task t;
  t.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  BOOST_TEST(!empty.cancel_requested(t));
  BOOST_TEST(empty.traceparent(t) == t.traceparent);
  BOOST_CHECK_NO_THROW(empty.answered("notification.email", 250));
}

BOOST_AUTO_TEST_CASE(clients_are_the_provided_ones) {
  test::fake_http_client http;
  test::fake_mail_client mail;
  effect_context context{{.http = &http, .mail = &mail}};
  BOOST_TEST(&context.http() == &http);
  BOOST_TEST(&context.mail() == &mail);
}

BOOST_AUTO_TEST_CASE(a_listener_hears_of_answers_beside_the_provided_function) {
  std::vector<long> provided, listened;
  effect_context context{{.answered = [&](const std::string&, long status) { provided.push_back(status); }}};
  auto listening = context.with_answer_listener([&](long status) { listened.push_back(status); });
  listening.answered("notification.webhook", 200);
  context.answered("notification.webhook", 500);
  BOOST_TEST(provided == (std::vector<long>{200, 500}), boost::test_tools::per_element());
  BOOST_TEST(listened == std::vector<long>{200}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
