#include "config/loader.hpp"

#include "tests/unit/config/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::config;

BOOST_AUTO_TEST_SUITE(loader)

BOOST_AUTO_TEST_CASE(without_any_source_the_defaults_apply) {
  const auto result = load({});
  BOOST_REQUIRE(result);
  BOOST_TEST(result->values.environment == "development");
  BOOST_TEST(result->values.amqp.heartbeat.count() == 8'000);
  BOOST_TEST(result->origins.empty());
  BOOST_TEST(result->warnings.empty());
}

BOOST_AUTO_TEST_CASE(a_file_sets_options_of_every_type) {
  const auto l = loaded_from(R"(
node: worker-1
amqp: {heartbeat: 30s, byte_budget: 64MiB, urls: [amqp://a:b@127.0.0.1/, amqp://a:b@localhost/]}
queues: {email: {prefetch: 100, bindings: []}, data-processing: {name: reports, concurrency: 2, bindings: "report.#, billing.#"}}
smtp: {starttls: false, username: me, password: hunter2}
types: {"notification.email": {max_attempts: 5, timeout: 10s}, report.run: {concurrency: 1}}
)");
  const settings& s = l.values;
  BOOST_TEST(s.node == "worker-1");
  BOOST_TEST(s.amqp.heartbeat.count() == 30'000);
  BOOST_TEST(s.amqp.byte_budget == 67'108'864U);
  BOOST_TEST_REQUIRE(s.amqp.urls.size() == 2U);
  BOOST_TEST(s.amqp.urls[1].reveal() == "amqp://a:b@localhost/");
  BOOST_TEST(s.queues.email.prefetch == 100U);
  BOOST_TEST(s.queues.data_processing.name == "reports");
  const std::vector<std::string> bindings{"report.#", "billing.#"};
  BOOST_TEST(s.queues.data_processing.bindings == bindings, boost::test_tools::per_element());
  BOOST_TEST(s.queues.email.bindings.empty());
  BOOST_TEST(!s.smtp.starttls);
  BOOST_TEST(s.smtp.password.reveal() == "hunter2");
  BOOST_TEST(s.types.at("notification.email").max_attempts == 5U);
  BOOST_TEST(s.types.at("notification.email").timeout.count() == 10'000);
  BOOST_TEST(s.types.at("report.run").concurrency == 1U);
  BOOST_TEST(l.origins.at("smtp.password").line == 5);
  BOOST_TEST(l.origins.at("types.report.run.concurrency").line == 6);
}

BOOST_AUTO_TEST_CASE(the_environment_wins_over_the_file_and_the_command_line_over_both) {
  const scratch_folder folder;
  const sources from{.file = folder.write("f", "environment: testing\nscheduler_threads: 3\nnode: file\n"),
                     .environment = {{"MILLRACE_NODE", "variable"}, {"MILLRACE_ENVIRONMENT", "staging"}},
                     .environment_name = "development"};
  const auto result = load(from);
  BOOST_REQUIRE(result);
  BOOST_TEST(result->values.node == "variable");
  BOOST_TEST(result->values.scheduler_threads == 3U);
  BOOST_TEST(result->values.environment == "development");
  BOOST_TEST(result->origins.at("node").source == "environment variable MILLRACE_NODE");
  BOOST_TEST(result->origins.at("environment").source == "command line");
}

BOOST_AUTO_TEST_CASE(variables_follow_the_name_of_the_option) {
  const auto l = loaded_from("", {{"MILLRACE_AMQP_URL", "amqp://a:b@127.0.0.1/, amqps://a:b@broker/"},
                                  {"MILLRACE_DATABASE_URL", "postgresql://u@h/d"},
                                  {"MILLRACE_SMTP_URL", "smtps://mail:465"},
                                  {"MILLRACE_QUEUES_DATA_PROCESSING_PREFETCH", "7"},
                                  {"MILLRACE_NODE", ""}});
  BOOST_TEST(l.values.amqp.urls.size() == 2U);
  BOOST_TEST(l.values.amqp.urls[1].reveal() == "amqps://a:b@broker/");
  BOOST_TEST(l.values.postgres.url.reveal() == "postgresql://u@h/d");
  BOOST_TEST(l.values.smtp.url == "smtps://mail:465");
  BOOST_TEST(l.values.queues.data_processing.prefetch == 7U);
  BOOST_TEST(!l.origins.contains("node"));
}

BOOST_AUTO_TEST_CASE(two_variables_of_one_option_must_agree) {
  const std::string url = "postgresql://u@h/d";
  BOOST_TEST(errors_of("", {{"MILLRACE_DATABASE_URL", url}, {"MILLRACE_POSTGRES_URL", url}}) == "");
  BOOST_TEST(errors_of("", {{"MILLRACE_DATABASE_URL", url}, {"MILLRACE_POSTGRES_URL", url + "2"}}) ==
             "environment: error: MILLRACE_POSTGRES_URL and MILLRACE_DATABASE_URL both set postgres.url; unset one\n");
}

BOOST_AUTO_TEST_CASE(a_misspelt_variable_is_a_warning_and_an_unrelated_one_is_not) {
  const auto warnings =
      warnings_of("", {{"MILLRACE_AMQP_HARTBEAT", "1s"}, {"MILLRACE_PORT_9464_TCP", "x"}, {"PATH", "/bin"}});
  BOOST_TEST(
      warnings ==
      "environment variable MILLRACE_AMQP_HARTBEAT: warning: is not an option; did you mean MILLRACE_AMQP_HEARTBEAT?\n");
}

BOOST_AUTO_TEST_CASE(a_list_of_urls_may_be_one_file) {
  const scratch_folder folder;
  const auto file = folder.write("urls", "amqp://a:b@127.0.0.1/\namqp://a:c@127.0.0.1/\n");
  BOOST_TEST(loaded_from("amqp: {urls: \"file:" + file + "\"}").values.amqp.urls.size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_empty_file_and_empty_sections_are_valid) {
  BOOST_TEST(errors_of("") == "");
  BOOST_TEST(errors_of("# nothing\n") == "");
  BOOST_TEST(errors_of("amqp:\nqueues:\n  email:\ntypes:\n") == "");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named) {
  const auto result = load({.file = "/nowhere/millrace.yaml"});
  BOOST_REQUIRE(!result);
  BOOST_TEST(describe(result.error().at(0)).find("/nowhere/millrace.yaml: error: cannot read") == 0U);
  BOOST_TEST(errors_of(std::string(1024 * 1024 + 1, '#')).find("is larger than 1048576 bytes") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
