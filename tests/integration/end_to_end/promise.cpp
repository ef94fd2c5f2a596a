#include "tests/integration/end_to_end/promise.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <set>

namespace millrace::test {
namespace {

/// The effects that were claimed more than once, one line for each further claim.
std::string claimed_again(scene& s) {
  pqxx::connection connection{s.database_url()};
  pqxx::nontransaction db{connection};
  std::string lines;
  for (auto row :
       db.exec("select id from millrace.task cross join generate_series(2, claim) where type like 'notification.%'"))
    lines += nlohmann::json{{"id", row[0].c_str()}}.dump() + "\n";
  return lines;
}

void check_verified(scene& s, bool effects_exactly_once) {
  const auto may_repeat = s.write("may-repeat.jsonl", effects_exactly_once ? "" : claimed_again(s));
  const std::string api = required_variable("MILLRACE_TEST_RABBIT_API");
  auto verified = s.run({"verify", "--wait", "60", "--journal", s.file("journal.jsonl"), "--effects", s.file("mail.jsonl"),
                         "--effects", s.file("webhook.jsonl"), "--may-repeat", may_repeat},
                        {{"MILLRACE_AMQP_MANAGEMENT_URL", "http://" + api.substr(api.find('@') + 1)}});
  BOOST_CHECK_MESSAGE(verified == 0, s.output());
}

/// Messages of amqp-publish have no id and are identified by their subject. Tasks without an id may repeat.
void check_without_id(scene& s) {
  std::set<std::string> subjects;
  for (auto& mail : s.mails())
    if (mail.value("subject", "").starts_with("tools ")) subjects.insert(mail["subject"]);
  std::size_t sent = 0;
  for (auto& line : s.journal()) sent += line["id"].is_null();
  BOOST_CHECK_EQUAL(subjects.size(), sent);
}

void check_dead_letters(scene& s) {
  pqxx::connection connection{s.database_url()};
  pqxx::nontransaction db{connection};
  auto incomplete = db.exec1(
      "select count(*) from millrace.dead_letter"
      " where reason = '' or (parked_in is null and body_size <> length(payload))");
  BOOST_CHECK_EQUAL(incomplete[0].as<long>(), 0);
}

}  // namespace

void check_promise(scene& s, promise_options options) {
  check_verified(s, options.effects_exactly_once);
  check_without_id(s);
  check_dead_letters(s);
  for (auto queue : {"email", "webhook", "data-processing", "priority", "priority.high", "priority.ledger", "dead-letter"})
    BOOST_CHECK(wait_until([&] { return s.depth(queue) == 0; }));
}

}  // namespace millrace::test
