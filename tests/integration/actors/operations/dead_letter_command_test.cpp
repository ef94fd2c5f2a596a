#include "tests/integration/actors/operations/dead_letter_fixture.hpp"
#include "tests/support/child_process.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <set>

using namespace millrace;
using namespace millrace::postgres;
using namespace millrace::test;

namespace {

struct command_database : dead_letters_database {
  command_database() : folder(std::filesystem::temp_directory_path() / unique_name("millrace-dead")) {
    std::filesystem::create_directories(folder);
  }
  ~command_database() { std::filesystem::remove_all(folder); }

  /// Runs a line of the shell in which `dead` is `millrace dead`; its exit code.
  int shell(const std::string& line) {
    std::filesystem::remove(log());
    return child_process({"bash", "-c", "dead() { \"$PROGRAM\" dead \"$@\"; }; " + line},
                         {{"PROGRAM", required_variable("MILLRACE_PROGRAM")}, {"MILLRACE_DATABASE_URL", database.url()}},
                         log())
        .wait();
  }
  std::string log() const { return (folder / "log").string(); }
  std::string said() const { return file_text(log()); }
  bool says(const std::string& text) const { return said().find(text) != std::string::npos; }

  /// Adds dead letters of tasks without rows, died one second apart, with bodies of that size.
  void add_many(int dead_letters, int body_bytes) {
    exec(
        "insert into millrace.dead_letter (id, tenant, task_id, type, queue, reason, error, attempts, generation, exchange,"
        " routing_key, content_type, properties, raw_properties, payload, body_size, died_at, fingerprint)"
        " select ('10000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'default',"
        " ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'notification.email', 'email', 'rejected', 'x', 1, "
        "0,"
        " '', 'email', 'application/json', '{}', '\\x0000', convert_to(repeat('x', " +
        std::to_string(body_bytes) + "), 'UTF8'), " + std::to_string(body_bytes) +
        ", now() - n * interval '1 second', '' from generate_series(1, " + std::to_string(dead_letters) + ") n");
  }

  std::filesystem::path folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dead_command, command_database)

BOOST_AUTO_TEST_CASE(a_stopped_replay_continues_with_the_rest) {
  add_many(1'500, 10);
  const std::string replay_all = "dead replay --reason rejected --rate 10000/s --why 'endpoint recovered' --actor ada";
  BOOST_TEST(shell(replay_all + " --limit 700") == 0);
  BOOST_TEST(says("replayed 700, refused 0, remaining 800"));
  BOOST_TEST(outbox_rows() == "700");
  BOOST_TEST(ask("select max(died_at) < (select min(died_at) from millrace.dead_letter where replayed_at is null)"
                 " from millrace.dead_letter where replayed_at is not null") == "t");
  BOOST_TEST(shell(replay_all) == 0);
  BOOST_TEST(says("replayed 800, refused 0, remaining 0"));
  BOOST_TEST(shell(replay_all) == 0);
  BOOST_TEST(says("replayed 0, refused 0, remaining 0"));
  BOOST_TEST(ask("select count(distinct message_id) || ' ' || count(*) from millrace.outbox") == "1500 1500");
  BOOST_TEST(audit_rows("dead.replay") == "2");
  BOOST_TEST(audit_rows("dead.replay_dead_letter") == "1500");
  BOOST_TEST(ask("select distinct actor from millrace.audit") == "ada");
}

BOOST_AUTO_TEST_CASE(a_replay_at_a_rate_ends_immediately_and_the_next_one_keeps_the_rate) {
  add_many(30, 10);
  const std::string replay = "dead replay --queue email --rate 1/s --why x --limit 20 --not-before ";
  BOOST_TEST(shell(replay + "2099-01-01T01:00:00+01:00") == 0);
  BOOST_TEST(says("replayed 20, refused 0, remaining 10"));
  BOOST_TEST(says("all due before 2099-01-01T00:00:20.000000Z"), said());
  BOOST_TEST(shell(replay + "2099-01-01T00:00:20.000000Z --json 2>&1 >/dev/null") == 0);
  BOOST_TEST(says("all due before 2099-01-01T00:00:30.000000Z"), said());
  BOOST_TEST(ask("select count(distinct due_at) || ' ' || max(due_at) - min(due_at) from millrace.outbox") == "30 00:00:29");
}

BOOST_AUTO_TEST_CASE(a_dry_run_counts_and_changes_nothing) {
  add_many(30, 10);
  BOOST_TEST(shell("dead replay --queue email --dry-run") == 0);
  BOOST_TEST(says("matching dead letters: 30; no changes were made"));
  BOOST_TEST(outbox_rows() == "0");
  BOOST_TEST(ask("select count(*) from millrace.audit") == "0");
}

BOOST_AUTO_TEST_CASE(invalid_commands_exit_with_2_and_change_nothing) {
  die(1);
  const auto one = dead_letter_id(1);
  const std::vector<std::string> lines{"dead replay --why x",
                                       "dead replay " + one,
                                       "dead replay " + one + " --why ''",
                                       "dead replay not-an-id --why x",
                                       "dead replay --queue email --again --why x",
                                       "dead replay --queue email --edit '{}' --why x",
                                       "dead replay " + one + " --edit '{' --why x",
                                       "dead replay " + one + " --to nowhere --why x",
                                       "dead replay " + one + " --rate 0/s --why x",
                                       "dead replay " + one + " --not-before 2h --why x",
                                       "dead replay " + one + " --limit 1000001 --why x",
                                       "dead list --since yesterday",
                                       "dead list --class bad",
                                       "dead discard --why x"};
  for (const auto& line : lines) BOOST_TEST(shell(line) == 2, line << " " << said());
  BOOST_TEST(stand(1) == "dead 0 0 1");
}

BOOST_AUTO_TEST_CASE(a_dead_letter_that_is_missing_or_settled_is_refused_with_1) {
  die(1);
  BOOST_TEST(shell("dead replay " + dead_letter_id(1) + " --why x") == 0);
  BOOST_TEST(shell("dead replay " + dead_letter_id(1) + " --why x") == 1);
  BOOST_TEST(says("was replayed at"));
  BOOST_TEST(shell("dead replay " + dead_letter_id(2) + " --why x --json 2>/dev/null") == 1);
  BOOST_TEST(nlohmann::json::parse(said())["result"] == "refused");
  BOOST_TEST(shell("dead discard " + dead_letter_id(1) + " --why x") == 1);
  BOOST_TEST(outbox_rows() == "1");
}

BOOST_AUTO_TEST_CASE(an_export_is_complete_in_little_memory) {
  add_many(6'000, 50'000);
  // 300 MB of bodies. The ulimit is in KiB and is used mostly by libraries. AddressSanitizer reserves terabytes of
  // addresses, so only completeness is checked there.
  const bool sanitized = required_variable("MILLRACE_PROGRAM").find("/asan/") != std::string::npos;
  const std::string limit = sanitized ? "true" : "ulimit -v 250000";
  const auto count =
      "'import json, sys; print(len({l[\"id\"] for l in map(json.loads, sys.stdin)"
      " if len(l[\"payload_base64\"]) == 66668}))'";
  BOOST_REQUIRE_MESSAGE(
      shell("set -o pipefail; (" + limit + "; dead export --queue email) | /usr/bin/python3 -c " + std::string{count}) == 0,
      said());
  BOOST_TEST(std::stoi(said()) == 6'000);
}

BOOST_AUTO_TEST_CASE(show_is_safe_for_a_terminal_and_raw_is_exact) {
  payload = std::string("{\"to\":\"\x1b[31m\xff\0\xe2\x80\xae\"}", 19);
  die(1);
  BOOST_TEST(shell("dead show " + dead_letter_id(1)) == 0);
  BOOST_TEST(says("\\x1b[31m\\xff\\x00\\xe2\\x80\\xae"), said());
  BOOST_TEST(said().find('\x1b') == std::string::npos);
  BOOST_TEST(says("no mailbox 1"));
  BOOST_TEST(shell("dead show " + dead_letter_id(1) + " --raw") == 0);
  BOOST_TEST(said() == payload);
  BOOST_TEST(shell("dead show " + dead_letter_id(1) + " --body-bytes 4") == 0);
  BOOST_TEST(says("15 more bytes"));
  BOOST_TEST(shell("dead show " + id(1)) == 1);
  BOOST_TEST(says("--task " + id(1)));
}

BOOST_AUTO_TEST_CASE(list_and_stats_speak_json) {
  add_many(5, 10);
  BOOST_TEST(shell("dead list --json --limit 2 2>/dev/null") == 0);
  std::ifstream lines{log()};
  std::string line;
  for (const int n : {1, 2}) {
    BOOST_REQUIRE(std::getline(lines, line));
    BOOST_TEST(nlohmann::json::parse(line)["id"] == dead_letter_id(n));
  }
  BOOST_TEST(shell("dead list --json --after " + dead_letter_id(4)) == 0);
  BOOST_TEST(nlohmann::json::parse(said())["id"] == dead_letter_id(5));
  BOOST_TEST(shell("dead stats --json") == 0);
  BOOST_TEST(nlohmann::json::parse(said())["dead_letters"] == 5);
}

BOOST_AUTO_TEST_SUITE_END()
