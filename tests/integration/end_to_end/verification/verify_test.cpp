#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>
#include <sstream>

using namespace millrace::test;

// Other tests rely on `millrace verify`, so these tests show that it detects faults: each one plants a defect and crashes
// the process at the point where the defect has an effect.
namespace {

const std::string hook = R"({"url":"URL/hooks","event":"paid","data":{}})";

struct trial : scene {
  /// Publishes a task and records it in the journal once it is confirmed.
  void publish(int count, const std::vector<std::string>& more = {}) {
    auto payload = hook;
    payload.replace(payload.find("URL"), 3, webhook_url());
    std::vector<std::string> command{"publish", "notification.webhook", payload, "--count", std::to_string(count)};
    command.insert(command.end(), more.begin(), more.end());
    BOOST_REQUIRE_MESSAGE(run(command) == 0, output());
    std::ofstream journal{file("journal.jsonl"), std::ios::app};
    std::istringstream ids{output()};
    for (std::string id; ids >> id;) journal << nlohmann::json{{"id", id}} << '\n';
  }
  int verify() {
    return run({"verify", "--wait", "30", "--journal", file("journal.jsonl"), "--effects", file("webhook.jsonl")});
  }
  bool finds(const std::string& what) const {
    std::istringstream lines{output()};
    for (std::string line; std::getline(lines, line);)
      if (line.find(what) != line.npos) return line.find("BREACH") != line.npos;
    return false;
  }
  void serve_broken(const std::string& defect, const std::string& crash_at) {
    serve({"--fault-injection", "--break", defect, "--crash-at", crash_at});
  }
  void await_crash_and_serve_on() {
    BOOST_REQUIRE_EQUAL(server().wait(), -SIGKILL);
    serve();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(verification)

BOOST_AUTO_TEST_CASE(a_crash_without_a_defect_passes) {
  trial t;
  t.serve({"--fault-injection", "--crash-at", "after_inbox"});
  t.publish(20);
  t.await_crash_and_serve_on();
  BOOST_CHECK_MESSAGE(t.verify() == 0, t.output());
}

BOOST_AUTO_TEST_CASE(an_ack_before_the_commit_is_detected) {
  trial t;
  t.serve_broken("ack_before_commit", "after_inbox");
  t.publish(20);
  t.await_crash_and_serve_on();
  BOOST_CHECK_EQUAL(t.verify(), 1);
  BOOST_CHECK_MESSAGE(t.finds("confirmed tasks lost"), t.output());
}

BOOST_AUTO_TEST_CASE(a_missing_deduplication_is_detected) {
  trial t;
  t.serve({"--fault-injection", "--break", "no_dedupe"});
  t.publish(1, {"--id", "once"});
  BOOST_REQUIRE(wait_until([&] { return t.webhooks().size() == 1; }));
  BOOST_REQUIRE_EQUAL(t.verify(), 0);
  t.publish(1, {"--id", "once"});
  BOOST_REQUIRE(wait_until([&] { return t.webhooks().size() == 2; }));
  BOOST_CHECK_EQUAL(t.verify(), 1);
  BOOST_CHECK_MESSAGE(t.finds("repeated"), t.output());
}

BOOST_AUTO_TEST_CASE(a_relay_that_does_not_wait_for_confirms_is_detected) {
  trial t;
  t.serve_broken("blind_relay", "outbox_taken");
  t.publish(5, {"--delay", "1s"});
  t.await_crash_and_serve_on();
  BOOST_CHECK_EQUAL(t.verify(), 1);
  BOOST_CHECK_MESSAGE(t.finds("released before they ended"), t.output());
}

BOOST_AUTO_TEST_CASE(an_invalid_journal_line_is_rejected_with_its_number) {
  trial t;
  std::ofstream{t.file("journal.jsonl")} << "{\"id\": \"a\"}\n\xff\xfe garbage\n";
  BOOST_CHECK_EQUAL(t.verify(), 2);
  BOOST_CHECK_MESSAGE(t.output().find("line 2 of") != std::string::npos, t.output());
}

BOOST_AUTO_TEST_SUITE_END()
