// Operator commands, with real servers.
#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <sstream>

using namespace millrace::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct command_line_scene : scene {
  std::string ask(const std::string& sql) const {
    pqxx::connection db{database_url()};
    pqxx::nontransaction read{db};
    auto rows = read.exec(sql);
    return rows.empty() ? "" : rows[0][0].c_str();
  }
  bool becomes(const std::string& task, const std::string& state) const {
    return wait_until([&] { return ask("select state from millrace.task where original_id = '" + task + "'") == state; });
  }
  bool output_has(const std::string& text) const { return output().find(text) != std::string::npos; }
  void publish_webhook(const std::string& path, const std::string& id) {
    const json payload{{"url", webhook_url() + path}, {"event", "paid"}, {"data", json::object()}};
    BOOST_REQUIRE_EQUAL(run({"publish", "notification.webhook", payload.dump(), "--id", id}), 0);
  }
  /// Runs a command on a terminal with that many columns and these additional variables. Returns the terminal output.
  std::string on_a_terminal(int columns, const std::string& command,
                            const std::map<std::string, std::string>& variables = {}) {
    const auto shown = file("terminal.txt");
    std::remove(shown.c_str());
    auto all = variables;
    all.insert({{"TERM", "xterm"}, {"MILLRACE_AMQP_URL", amqp_url()}, {"MILLRACE_DATABASE_URL", database_url()}});
    const auto line =
        "stty -onlcr cols " + std::to_string(columns) + "; exec " + required_variable("MILLRACE_PROGRAM") + " " + command;
    child_process terminal{
        {"/usr/bin/python3", "-c",
         "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(['/bin/sh', '-c', sys.argv[1]])))", line},
        all,
        shown};
    BOOST_REQUIRE_EQUAL(terminal.wait(), 0);
    return file_text(shown);
  }
  json top(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"top", "--once", "--json"});
    BOOST_REQUIRE_EQUAL(run(arguments), 0);
    return json::parse(output());
  }
};

json queue_of(const json& shown, const std::string& name) {
  auto found = std::ranges::find_if(shown["queues"], [&](auto& q) { return q["queue"] == name; });
  BOOST_REQUIRE(found != shown["queues"].end());
  return *found;
}

std::vector<json> objects_of(const std::string& lines) {
  std::vector<json> all;
  std::istringstream in{lines};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with('{')) all.push_back(json::parse(line));
  return all;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(command_line, command_line_scene)

BOOST_AUTO_TEST_CASE(top_shows_queues_limits_and_nodes_and_names_unavailable_nodes) {
  serve();
  BOOST_REQUIRE_EQUAL(run({"queue", "pause", "webhook", "--why", "test"}), 0);
  BOOST_REQUIRE_EQUAL(run({"queue", "limit", "email", "--rate", "20", "--concurrency", "3", "--why", "test"}), 0);
  const std::string paused = "millrace_queue_paused{queue=\"webhook\"} 1";
  BOOST_REQUIRE(wait_until([&] { return http_get(monitoring("/metrics")).second.find(paused) != std::string::npos; }));
  for (auto* id : {"a", "b", "c"}) publish_webhook("/", id);
  auto shown = top({"--metrics", monitoring(""), "--metrics", "127.0.0.1:" + std::to_string(free_port())});
  auto webhook = queue_of(shown, "webhook"), email = queue_of(shown, "email");
  BOOST_TEST(webhook["ready"] == 3);
  BOOST_TEST(webhook["paused"] == true);
  BOOST_TEST(webhook["done_per_second"] == 0);
  BOOST_TEST(email["paused"] == false);
  BOOST_TEST(email["rate_limit"] == 20);
  BOOST_TEST(email["concurrency"] == 3);
  BOOST_TEST(email["ready"] == 0);
  BOOST_REQUIRE_EQUAL(shown["nodes"].size(), 2U);
  BOOST_TEST(shown["nodes"][0]["answers"] == true);
  BOOST_TEST(shown["nodes"][1]["answers"] == false);
  BOOST_TEST(shown["broker"]["answers"] == true);
  BOOST_TEST(shown["database"]["answers"] == true);
}

BOOST_AUTO_TEST_CASE(top_counts_tasks_that_finish_between_samples_and_exits_on_a_signal) {
  serve();
  const auto log = file("top.log");
  child_process watcher{{required_variable("MILLRACE_PROGRAM"), "top", "--json", "--metrics", monitoring("")},
                        {{"MILLRACE_AMQP_URL", amqp_url()}, {"MILLRACE_DATABASE_URL", database_url()}},
                        log};
  BOOST_REQUIRE(wait_until([&] { return !objects_of(file_text(log)).empty(); }));
  publish_webhook("/status/410", "hook-1");
  BOOST_REQUIRE(becomes("hook-1", "dead"));
  auto counted = [&] {
    auto all = objects_of(file_text(log));
    return std::ranges::any_of(all, [](auto& j) {
      return !j["failing"].empty() && j["failing"][0]["type"] == "notification.webhook" &&
             queue_of(j, "webhook")["dead_per_second"] > 0;
    });
  };
  BOOST_CHECK_MESSAGE(wait_until(counted), file_text(log));
  watcher.signal(SIGINT);
  BOOST_TEST(watcher.wait() == 0);
}

BOOST_AUTO_TEST_CASE(top_works_without_broker_database_and_nodes_and_shows_dashes) {
  const auto closed = std::to_string(free_port());
  BOOST_REQUIRE_EQUAL(run({"top"}, {{"MILLRACE_AMQP_URL", "amqp://guest:guest@127.0.0.1:" + closed},
                                    {"MILLRACE_DATABASE_URL", "postgresql://nobody@127.0.0.1:" + closed + "/none"}}),
                      0);
  const std::string dashes = "webhook           -          -          -          -          -          -          -";
  BOOST_CHECK_MESSAGE(output_has(dashes), output());
  BOOST_TEST(output_has("database          unavailable: "));
  BOOST_TEST(output_has("broker            unavailable: "));
  BOOST_TEST(output().find('\x1b') == std::string::npos);
  BOOST_TEST(run({"top", "--metrics", "ftp://a"}) == 2);
  BOOST_TEST(run({"top"}, {{"MILLRACE_MONITORING_BIND", "127.0.0.1:0"}}) == 2);
}

BOOST_AUTO_TEST_CASE(a_dead_task_is_listed_and_retried_once) {
  serve({"--config", write("millrace.yaml", "types:\n  notification.webhook: {max_attempts: 1}\n")});
  write("webhook.jsonl.down", "");
  publish_webhook("/switch", "hook-1");
  publish_webhook("/", "hook-2");
  BOOST_REQUIRE(becomes("hook-1", "dead"));
  BOOST_REQUIRE(becomes("hook-2", "succeeded"));
  BOOST_REQUIRE_EQUAL(run({"task", "list", "--json"}), 0);
  BOOST_TEST(objects_of(output()).size() == 2U);
  BOOST_REQUIRE_EQUAL(run({"task", "list", "--state", "dead", "--queue", "webhook", "--tenant", "default", "--json"}), 0);
  auto dead = objects_of(output());
  BOOST_REQUIRE_EQUAL(dead.size(), 1U);
  BOOST_TEST(dead[0]["original_id"] == "hook-1");
  BOOST_REQUIRE_EQUAL(run({"task", "list", "--type", "notification.webhook", "-n", "1"}), 0);
  BOOST_TEST(output_has("there may be more"));
  BOOST_REQUIRE_EQUAL(run({"task", "list", "--until", "1h", "--since", "2h"}), 0);
  BOOST_TEST(output().empty());
  BOOST_TEST(run({"task", "list", "--state", "lost"}) == 2);
  std::remove(file("webhook.jsonl.down").c_str());
  BOOST_TEST(run({"task", "retry", "hook-1"}) == 2);  // without a reason
  BOOST_TEST(run({"task", "retry", "hook-2", "--why", "test"}) == 1);
  BOOST_TEST(output_has("only a task that died is tried again"));
  BOOST_TEST(run({"task", "retry", "hook-1", "--tenant", "other", "--why", "test"}) == 1);
  BOOST_REQUIRE_EQUAL(run({"task", "retry", "hook-1", "--why", "INC-42", "--actor", "op"}), 0);
  BOOST_REQUIRE(becomes("hook-1", "succeeded"));
  BOOST_TEST(run({"task", "retry", "hook-1", "--why", "test"}) == 1);
  BOOST_TEST(ask("select count(*) from millrace.audit where action = 'dead.replay' and actor = 'op'"
                 " and detail::json->>'reason' = 'INC-42' and detail::json->>'task' = 'hook-1'") == "1");
}

BOOST_AUTO_TEST_CASE(lists_are_tables_on_a_terminal_and_tab_separated_in_a_pipe) {
  BOOST_TEST(on_a_terminal(100, "task list") == "No matching tasks in this period; use --since for an earlier start.\n");
  BOOST_TEST(on_a_terminal(100, "dead stats") == "No dead letters.\n");
  serve();
  publish_webhook("/status/410", "hook-1");
  BOOST_REQUIRE(becomes("hook-1", "dead"));

  BOOST_REQUIRE_EQUAL(run({"task", "list"}), 0);
  BOOST_TEST(output().starts_with("RECEIVED\tSTATE\tTYPE\tQUEUE\tTENANT\tATTEMPTS\tID\tERROR\n"));
  BOOST_TEST(output_has("Z\tdead\tnotification.webhook\twebhook\tdefault\t1\thook-1\t"));
  BOOST_REQUIRE_EQUAL(run({"dead", "stats"}), 0);
  BOOST_TEST(output().starts_with("COUNT\tLAST\tQUEUE\tTYPE\tREASON\tFINGERPRINT\tERROR\n1\t"));
  BOOST_REQUIRE_EQUAL(run({"queue", "list"}), 0);
  BOOST_TEST(output().find('\x1b') == std::string::npos);

  const auto coloured = on_a_terminal(100, "task list");
  BOOST_TEST(coloured.find("\x1b[31mdead\x1b[0m  ") != std::string::npos, coloured);
  const auto plain = on_a_terminal(60, "task list", {{"NO_COLOR", "1"}});
  BOOST_TEST(plain.starts_with("RECEIVED              STATE  TYPE"), plain);
  BOOST_TEST(plain.find('\x1b') == std::string::npos);
  std::istringstream lines{plain};
  for (std::string line; std::getline(lines, line);) BOOST_TEST(line.size() <= 60U + 2U, line);  // "…" has three bytes
  BOOST_TEST(on_a_terminal(60, "dead list", {{"TERM", "dumb"}}).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(commands_that_change_something_also_print_json) {
  auto answer = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--json", "--why", "test"});
    BOOST_REQUIRE_MESSAGE(run(arguments) == 0, output());
    return json::parse(output());
  };
  const auto paused = answer({"queue", "pause", "webhook"});
  BOOST_TEST(paused["queue"] == "webhook");
  BOOST_TEST(paused["paused"] == true);
  BOOST_TEST(!paused.contains("ready"));
  BOOST_TEST(answer({"queue", "limit", "webhook", "--rate", "20"})["rate_limit"] == 20);
  BOOST_TEST(answer({"task", "cancel", "never-seen"})["verdict"] == "pending_arrival");
  BOOST_TEST(run({"queue", "limit", "webhook", "--concurrency", "501", "--why", "test"}) == 2);  // of 500 prefetched
  BOOST_REQUIRE_EQUAL(run({"token", "create", "--name", "test", "--tenant", "acme", "--why", "test"}), 0);
  BOOST_REQUIRE_EQUAL(run({"token", "list", "--json"}), 0);
  const auto id = json::parse(output())[0]["id"].get<std::string>();
  BOOST_TEST(answer({"token", "revoke", id})["revoked"] == true);
  BOOST_TEST(ask("select tenant from millrace.audit where action = 'token.revoke'") == "acme");
  BOOST_REQUIRE_EQUAL(run({"token", "list"}), 0);
  BOOST_TEST(output_has("ID\tROLE\tTENANT\tEXPIRES\tSTATE\tNAME\n" + id + "\tviewer\tacme\t"));
  BOOST_TEST(output_has("\trevoked\ttest\n"));
}

BOOST_AUTO_TEST_CASE(a_schedule_runs_immediately_and_its_changes_are_audited) {
  auto config = write("millrace.yaml",
                      "schedules: {yearly: {cron: '@yearly', type: notification.email,"
                      " payload: '{\"to\":\"a@example.org\",\"subject\":\"Now\",\"text\":\"Now\"}'}}\n");
  serve({"--config", config});
  BOOST_REQUIRE(wait_until([&] { return ask("select count(*) from millrace.schedule") == "1"; }));
  BOOST_TEST(run({"schedule", "disable", "yearly"}) == 2);  // without a reason
  BOOST_REQUIRE_EQUAL(run({"schedule", "disable", "yearly", "--why", "INC-41", "--actor", "op", "--json"}), 0);
  BOOST_TEST((json::parse(output()) == json{{"name", "yearly"}, {"enabled", false}}));
  BOOST_REQUIRE_EQUAL(run({"schedule", "list"}), 0);
  BOOST_TEST(output_has("\nyearly\tdisabled\t-\t-\t@yearly\tUTC\tnotification.email\tdefault\t"));
  BOOST_TEST(run({"schedule", "run", "yearly"}) == 2);  // without a reason
  BOOST_TEST(run({"schedule", "run", "never", "--why", "test"}) == 1);
  BOOST_REQUIRE_EQUAL(run({"schedule", "run", "yearly", "--why", "INC-42", "--actor", "op"}), 0);
  BOOST_REQUIRE(wait_until([&] { return ask("select state from millrace.task") == "succeeded"; }));
  BOOST_TEST(output_has(ask("select id from millrace.task")));
  BOOST_TEST(mails().size() == 1U);
  BOOST_REQUIRE_EQUAL(run({"schedule", "enable", "yearly", "--why", "INC-42: over", "--actor", "op"}), 0);
  BOOST_TEST(ask("select string_agg(tenant || ' ' || action || ':' || (detail::json->>'reason'), ', ' order by id) from "
                 "millrace.audit"
                 " where actor = 'op' and subject = 'yearly'") ==
             "default schedule.pause:INC-41, default schedule.run:INC-42, default schedule.resume:INC-42: over");
}

BOOST_AUTO_TEST_SUITE_END()
