#include "tests/unit/config/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::config;

namespace {

const std::string safe =
    "environment: production\namqp: {urls: \"amqps://m:p@broker/\"}\n"
    "webhook: {signing_secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

}  // namespace

BOOST_AUTO_TEST_SUITE(checks)

BOOST_AUTO_TEST_CASE(options_must_be_consistent) {
  BOOST_TEST(errors_of("amqp: {reconnect_min: 1m}\n") ==
             "f:1: error: amqp.reconnect_min must not be above amqp.reconnect_max (3s)\n");
  BOOST_TEST(errors_of("amqp:\n  byte_budget: 1MiB\n  max_body_bytes: 2MiB\n") ==
             "f:3: error: amqp.max_body_bytes must not be above amqp.byte_budget (1MiB)\n");
  BOOST_TEST(errors_of("postgres: {lock_timeout: 11s}\n") ==
             "f:1: error: postgres.lock_timeout must not be above postgres.statement_timeout (10s)\n");
  BOOST_TEST(errors_of("webhook: {connect_timeout: 21s}\n") ==
             "f:1: error: webhook.connect_timeout must not be above webhook.timeout (20s)\n");
  BOOST_TEST(errors_of("smtp: {tls: {key_file: /k}}\n") ==
             "f:1: error: smtp.tls.key_file needs smtp.tls.certificate_file as well\n");
  BOOST_TEST(errors_of("smtp: {username: me}\n") == "f:1: error: smtp.username needs smtp.password as well\n");
  BOOST_TEST(errors_of("smtp: {password: p}\n") == "f:1: error: smtp.password needs smtp.username as well\n");
  BOOST_TEST(errors_of("queues: {email: {name: webhook}, webhook: {name: other}}\n") == "");
  BOOST_TEST(errors_of("queues: {email: {name: webhook}}\n") ==
             "error: queues.webhook.name is the name of another queue; give each queue its own name\n");
  BOOST_TEST(errors_of("types:\n  a.b: {backoff_min: 2s, backoff_max: 1s}\n") ==
             "f:2: error: types.a.b.backoff_min must not be above backoff_max (1s)\n");
  BOOST_TEST(errors_of("monitoring: {bind: \"9464\"}\n") ==
             "f:1: error: monitoring.bind must be host:port, for example 127.0.0.1:9464\n");
  BOOST_TEST(errors_of("monitoring: {bind: \"127.0.0.1:65536\"}\n") != "");
}

BOOST_AUTO_TEST_CASE(a_binding_is_a_topic_pattern_of_one_queue) {
  const auto bound = [](const std::string& keys) {
    return errors_of("queues: {data-processing: {bindings: " + keys + "}}\n");
  };
  for (const auto* keys : {"[]", "[report.#, billing.#]", "[\"a.*.invoice\", \"A-1_b.#.c\"]"})
    BOOST_TEST(bound(keys) == "", keys);
  BOOST_TEST(bound("[" + std::string(255, 'a') + "]") == "");
  for (const auto* key : {".a", "a.", "a..b", ".", "a#", "a.b*", "a b", "caf\xc3\xa9"})
    BOOST_TEST(bound("[\"" + std::string(key) + "\"]") ==
               "f:1: error: queues.data-processing.bindings '" + std::string(key) +
                   "' is not a routing key: write words of A-Z, a-z, 0-9, '_' and '-', or * or #, separated by dots, up to "
                   "255 bytes\n");
  BOOST_TEST(bound("[" + std::string(256, 'a') + "]").find("is not a routing key") != std::string::npos);
  BOOST_TEST(bound("[\"\"]") == "f:1: error: queues.data-processing.bindings '': contains an empty item\n");
  BOOST_TEST(bound("[notification.email]") ==
             "f:1: error: queues.data-processing.bindings 'notification.email' is already bound to queue 'email'\n");
  BOOST_TEST(bound("[a.b, a.b]") ==
             "f:1: error: queues.data-processing.bindings 'a.b' is already bound to queue 'data-processing'\n");
}

BOOST_AUTO_TEST_CASE(bindings_of_two_queues_must_not_overlap) {
  const auto bound = [](const std::string& keys) {
    return errors_of("queues: {data-processing: {bindings: " + keys + "}}\n");
  };
  for (const auto* key : {"#", "*.email", "urgent.a", "#.email"})
    BOOST_TEST(bound("[\"" + std::string(key) + "\"]").find("overlaps 'urgent.#'") != std::string::npos, key);
  const std::string rest = "': a task that matches both would be delivered to both queues\n";
  for (const auto* key : {"notification.*", "notification.#", "notification.email.#"})
    BOOST_TEST(
        bound("[\"" + std::string(key) + "\"]")
            .starts_with("f:1: error: queues.data-processing.bindings '" + std::string(key) + "' overlaps 'notification."),
        key);
  BOOST_TEST(
      errors_of("queues: {email: {bindings: [\"notification.email\", \"notification.*\"]}, webhook: {bindings: []}}\n") ==
      "");
  BOOST_TEST(bound("[\"ledger.close\"]") ==
             "error: queues.priority-ledger.bindings 'ledger.#' overlaps 'ledger.close' of queue 'data-processing" + rest);
}

BOOST_AUTO_TEST_CASE(the_guest_account_is_for_localhost_only) {
  const std::string remote = "amqp: {urls: \"amqp://guest:guest@broker/\"}\n";
  BOOST_TEST(warnings_of(remote) == "f:1: warning: amqp.urls uses guest, which brokers accept from localhost only\n");
  BOOST_TEST(errors_of("environment: staging\n" + remote) ==
             "f:2: error: amqp.urls uses the broker's guest account; give Millrace its own user\n");
  BOOST_TEST(errors_of("environment: staging\namqp: {urls: \"amqp://127.evil.example/\"}\n") != "");
  BOOST_TEST(errors_of("environment: staging\namqp: {urls: \"amqp://guest:guest@[::1]:5672/\"}\n") == "");
}

BOOST_AUTO_TEST_CASE(production_rejects_unsafe_webhooks) {
  BOOST_TEST(errors_of(safe + "}\n") == "");
  BOOST_TEST(warnings_of(safe + "}\n") == "");
  BOOST_TEST(errors_of(safe + ", allow_private_addresses: true}\n") ==
             "f:3: error: webhook.allow_private_addresses must be false in production\n");
  BOOST_TEST(errors_of(safe + ", allow_http: true}\n") == "f:3: error: webhook.allow_http must be false in production\n");
}

BOOST_AUTO_TEST_CASE(passwords_do_not_cross_the_network_in_clear_text_in_production) {
  const std::string smtp = safe + "}\nsmtp: {url: \"smtp://mail:25\", starttls: false";
  BOOST_TEST(errors_of(smtp + ", username: a, password: b}\n") ==
             "f:4: error: smtp.starttls false sends mail and password to mail in clear text\n");
  BOOST_TEST(warnings_of(smtp + "}\n") != "");
  BOOST_TEST(
      warnings_of("environment: production\namqp: {urls: \"amqp://m:p@broker/\"}\n").find("amqp.urls crosses the network") !=
      std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_span_collector_is_an_http_server) {
  const std::string form =
      "f:1: error: tracing.endpoint must be http://host:port or https://host:port, for example http://127.0.0.1:4318\n";
  for (const auto* url : {"http://127.0.0.1:4318", "https://collector.example/otlp/", ""})
    BOOST_TEST(errors_of(std::string{"tracing: {endpoint: \""} + url + "\"}\n") == "");
  for (const auto* url : {"127.0.0.1:4318", "grpc://collector:4317", "http://collector:4318/?tenant=1"})
    BOOST_TEST(errors_of(std::string{"tracing: {endpoint: \""} + url + "\"}\n") == form);
  BOOST_TEST(errors_of("tracing: {endpoint: \"http://me:p@collector\"}\n") ==
             "f:1: error: tracing.endpoint must not contain a user; spans are sent without authentication\n");
  BOOST_TEST(errors_of("tracing: {sample_percent: 101}\n") != "");
  BOOST_TEST(
      warnings_of(safe + "}\ntracing: {endpoint: \"http://collector:4318\"}\n") ==
      "f:4: warning: tracing.endpoint crosses the network in clear text; https:// protects ids and errors of tasks\n");
}

BOOST_AUTO_TEST_CASE(tokens_of_operators_do_not_cross_the_network_in_clear_text) {
  const std::string tls = "tls: {certificate_file: /c, key_file: /k}";
  for (const std::string address : {"127.0.0.1:9465", "localhost:0", "[::1]:9465"}) {
    BOOST_TEST(errors_of("api: {bind: \"" + address + "\"}\n") == "");
    BOOST_TEST(errors_of("api: {bind: \"" + address + "\", " + tls + "}\n") == "");
  }
  for (const std::string address : {"0.0.0.0:9465", "10.0.0.4:9465", "[::]:9465", "api.example.org:9465"}) {
    BOOST_TEST(errors_of("api: {bind: \"" + address + "\"}\n") ==
               "f:1: error: api.bind is not a loopback address, so tokens would cross the network in clear text; set "
               "api.tls.certificate_file\n");
    BOOST_TEST(errors_of("api: {bind: \"" + address + "\", " + tls + "}\n") == "");
  }
  BOOST_TEST(errors_of("api: {tls: {key_file: /k}}\n") ==
             "f:1: error: api.tls.key_file needs api.tls.certificate_file as well\n");
  BOOST_TEST(errors_of("api: {tls: {certificate_file: /c}}\n") ==
             "f:1: error: api.tls.certificate_file needs api.tls.key_file as well\n");
}

BOOST_AUTO_TEST_CASE(the_management_url_is_http_and_uses_the_broker_user) {
  for (const auto* url : {"http://127.0.0.1:15672", "https://broker.example/rabbit", ""})
    BOOST_TEST(errors_of(std::string{"amqp: {management_url: \""} + url + "\"}\n") == "");
  for (const auto* url : {"127.0.0.1:15672", "amqp://broker", "http://broker/?columns=name"})
    BOOST_TEST(errors_of(std::string{"amqp: {management_url: \""} + url + "\"}\n") ==
               "f:1: error: amqp.management_url must be http://host:port or https://host:port\n");
  BOOST_TEST(errors_of("amqp: {management_url: \"http://me:p@broker\"}\n") ==
             "f:1: error: amqp.management_url must not contain a user; the user of amqp.urls is used\n");
  BOOST_TEST(
      warnings_of("environment: production\namqp: {urls: \"amqps://m:p@broker/\", management_url: \"http://broker\"}\n")
          .find("amqp.management_url crosses the network in clear text") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(signing_secrets_have_the_standard_form) {
  const std::string form = "f:1: error: webhook.signing_secret must be whsec_ and the base64 of 24 to 64 bytes\n";
  BOOST_TEST(errors_of("webhook: {signing_secret: MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}\n") == form);
  BOOST_TEST(errors_of("webhook: {signing_secret: whsec_c2hvcnQ=}\n") == form);
  BOOST_TEST(errors_of("webhook: {signing_secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!}\n") == form);
}

BOOST_AUTO_TEST_SUITE_END()
