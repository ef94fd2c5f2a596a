#include "tests/unit/config/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::config;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(mistakes)

BOOST_AUTO_TEST_CASE(an_unknown_key_is_reported_with_its_line_and_the_nearest_name) {
  BOOST_TEST(errors_of("amqp:\n  hartbeat: 10s\n") ==
             "f:2: error: unknown option 'amqp.hartbeat'; did you mean 'amqp.heartbeat'?\n");
  BOOST_TEST(errors_of("amqpp:\n  heartbeat: 10s\n") == "f:1: error: unknown option 'amqpp'; did you mean 'amqp'?\n");
  BOOST_TEST(errors_of("heartbeat: 10s\n") == "f:1: error: unknown option 'heartbeat'; did you mean 'amqp.heartbeat'?\n");
  BOOST_TEST(errors_of("colour: red\n") ==
             "f:1: error: unknown option 'colour'; `millrace config docs` lists all options\n");
  BOOST_TEST(errors_of("types:\n  a.b:\n    time_out: 1s\n") ==
             "f:3: error: unknown option 'types.a.b.time_out'; did you mean 'types.a.b.timeout'?\n");
  BOOST_TEST(errors_of("queues: {emial: {prefetch: 1}}\n") ==
             "f:1: error: unknown option 'queues.emial'; did you mean 'queues.email'?\n");
}

BOOST_AUTO_TEST_CASE(wrong_values_are_reported_with_the_value_and_the_allowed_range) {
  BOOST_TEST(errors_of("amqp: {heartbeat: 10}\n") ==
             "f:1: error: amqp.heartbeat '10': a duration needs a unit: write 10s or 10ms (units: ms, s, m, h)\n");
  BOOST_TEST(errors_of("amqp: {heartbeat: 0s}\n") == "f:1: error: amqp.heartbeat '0s': out of range, allowed: 1s to 10m\n");
  BOOST_TEST(errors_of("smtp: {starttls: maybe}\n") == "f:1: error: smtp.starttls 'maybe': must be true or false\n");
  BOOST_TEST(errors_of("environment: prod\n") ==
             "f:1: error: environment 'prod': must be one of: development, testing, staging, production\n");
  BOOST_TEST(errors_of("node: [a, b]\n") == "f:1: error: node takes one value, not a list\n");
  BOOST_TEST(errors_of("node: {a: b}\n") == "f:1: error: node takes a value, not a section\n");
  BOOST_TEST(holds(errors_of("node:\n"), "f:1: error: node has no value"));
  BOOST_TEST(errors_of("amqp: 5\n") == "f:1: error: 'amqp' is a section: write its options below it\n");
  BOOST_TEST(holds(errors_of("types: {\"Bad Type\": {timeout: 1s}}\n"), "a task type has up to 128 characters"));
  BOOST_TEST(holds(errors_of("amqp: {urls: []}\n"), "amqp.urls: out of range, allowed: 1 to 16 items"));
}

BOOST_AUTO_TEST_CASE(a_schedule_without_cron_or_type_is_reported_at_its_line) {
  BOOST_TEST(errors_of("schedules:\n  a:\n    type: report.run\n") ==
             "f:3: error: schedules.a.cron is missing: set when the schedule runs\n");
  BOOST_TEST(errors_of("schedules:\n  a:\n    cron: '@daily'\n") ==
             "f:3: error: schedules.a.type is missing: set the type of the task to publish\n");
  BOOST_TEST(errors_of("schedules: {a: {cron: '@daily', type: b, catchup: all}}\n") ==
             "f:1: error: unknown option 'schedules.a.catchup'; did you mean 'schedules.a.catch_up'?\n");
  BOOST_TEST(errors_of("schedules: {a: {cron: '@daily', type: b, catch_up: some}}\n") ==
             "f:1: error: schedules.a.catch_up 'some': must be one of: skip, last, all\n");
  BOOST_TEST(errors_of("schedules: {a: {cron: '@daily', type: b, payload: {c: 1}}}\n") ==
             "f:1: error: schedules.a.payload takes a value, not a section; put the JSON in '…'\n");
  BOOST_TEST(
      holds(errors_of("schedules: {\"A b\": {cron: '@daily', type: b}}\n"), "a schedule name has up to 128 characters"));
}

BOOST_AUTO_TEST_CASE(duplicate_keys_are_refused_however_they_are_written) {
  BOOST_TEST(errors_of("node: a\nnode: b\n") == "f:2: error: 'node' is set twice, first in line 1\n");
  BOOST_TEST(errors_of("amqp: {heartbeat: 1s}\namqp.heartbeat: 2s\n") ==
             "f:2: error: 'amqp.heartbeat' is set twice, first in line 1\n");
  BOOST_TEST(errors_of("types:\n  a:\n    timeout: 1s\n    timeout: 2s\n") ==
             "f:4: error: 'types.a.timeout' is set twice, first in line 3\n");
}

BOOST_AUTO_TEST_CASE(all_errors_are_reported_in_the_order_of_the_lines) {
  const auto all = errors_of("smtp:\n  timeout: 5\nqueues:\n  email: {prefetch: 0}\nfoo: bar\namqp:\n  urls: ${NO_SUCH}\n",
                             {{"MILLRACE_NODE", "a\nb"}});
  BOOST_TEST(all ==
             "f:2: error: smtp.timeout '5': a duration needs a unit: write 5s or 5ms (units: ms, s, m, h)\n"
             "f:4: error: queues.email.prefetch '0': out of range, allowed: 1 to 65535\n"
             "f:5: error: unknown option 'foo'; `millrace config docs` lists all options\n"
             "f:7: error: amqp.urls: environment variable NO_SUCH is not set\n"
             "environment variable MILLRACE_NODE: error: node 'a?b': contains a control character\n");
}

BOOST_AUTO_TEST_CASE(broken_yaml_is_an_error_with_its_line) {
  BOOST_TEST(holds(errors_of("amqp:\n  heartbeat: [10s\nnode: x\n"), "error: invalid YAML: "));
  BOOST_TEST(errors_of("- a\n- b\n").find("f:1: error: must be a map of options") == 0U);
  BOOST_TEST(holds(errors_of("node: a\n---\nnode: b\n"), "more than one YAML document"));
  BOOST_TEST(holds(errors_of("? [a, b]\n: c\n"), "a key must be a plain name"));
}

BOOST_AUTO_TEST_CASE(hostile_yaml_is_reported_as_an_error) {
  BOOST_TEST(errors_of(std::string(200'000, '[')) != "");
  BOOST_TEST(errors_of(std::string(200'000, '{')) != "");
  BOOST_TEST(errors_of(std::string("node: a\n\0amqp: {heartbeat: 1}\n", 30)) == "f: error: contains a NUL byte\n");
  BOOST_TEST(errors_of("\xff\xfe\xff\xff") != "");
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'p'; ++c)
    bomb += std::string(1, c) + ": &" + c + " [*" + std::string(7, static_cast<char>(c - 1)).substr(0, 1) + ",*" +
            static_cast<char>(c - 1) + "]\n";
  BOOST_TEST(holds(errors_of(bomb), "unknown option 'a'"));
  BOOST_TEST(errors_of("&a amqp: &b {urls: *b}\n") != "");
}

BOOST_AUTO_TEST_CASE(a_key_from_outside_cannot_forge_a_line_of_the_report) {
  BOOST_TEST(errors_of("\"a\\nf:9: error: forged\": 1\n") ==
             "f:1: error: unknown option 'a?f:9: error: forged'; `millrace config docs` lists all options\n");
}

BOOST_AUTO_TEST_CASE(no_report_shows_a_secret) {
  const variables environment{{"PASSWORD", "hunter2"}};
  const std::string all =
      errors_of("amqp: {urls: \"hunter2://x\", heartbeat: \"${PASSWORD}\"}\npostgres: {url: \"hunter2\\n\"}\n",
                environment) +
      errors_of("amqp: {urls: \"hunter2://x\"}\npostgres: {url: hunter2}\nwebhook: {signing_secret: hunter2}\n") +
      errors_of("", {{"MILLRACE_AMQP_URL", "hunter2"}, {"MILLRACE_DATABASE_URL", "hunter2"}}) +
      errors_of("smtp: {url: \"smtp://me:hunter2@mail\"}\n");
  BOOST_TEST(holds(all, "amqp.heartbeat '${PASSWORD}': not a duration"));
  BOOST_TEST(holds(all, "smtp.url must not contain a user"));
  BOOST_TEST(!holds(all, "hunter2"), all);
}

BOOST_AUTO_TEST_SUITE_END()
