#include "actors/background/trace_exporter.hpp"

#include "tests/support/deterministic_system.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::tracing;
using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

/// An exporter with a fake collector.
struct exporting {
  node_ptr shared = std::make_shared<node_context>();
  fake_http_client* collector = nullptr;
  deterministic_system world;
  caf::actor exporter;

  explicit exporting(std::size_t room = 8'192) {
    shared->settings.tracing.endpoint = "http://collector:4318/";
    shared->identity = "node-1/abc";
    shared->spans = std::make_unique<span_buffer>(room);
    auto fake = std::make_unique<fake_http_client>();
    collector = fake.get();
    shared->trace_collector = std::move(fake);
    exporter = world.keep(world.sys.spawn(trace_exporter, shared));
    world.settle();
  }

  void add(std::size_t spans) {
    auto added = shared->spans->add(std::vector<span>(spans));
    if (added.batch_ready) caf::anon_send(exporter, spans_wait{});
    world.settle();
  }
  void will_answer(long status, std::string body = {}, std::string retry_after = {}) {
    http::response r{.status = status, .headers = {}, .body = std::move(body)};
    if (!retry_after.empty()) r.headers.emplace_back("retry-after", retry_after);
    collector->answers.emplace_back(std::move(r));
  }
  void will_fail(http::transfer_error why) {
    collector->answers.emplace_back(tl::unexpected(http::failure{why, "no luck"}));
  }
  std::size_t spans_in(std::size_t request) const {
    auto body = nlohmann::json::parse(collector->requests.at(request).body);
    return body["resourceSpans"][0]["scopeSpans"][0]["spans"].size();
  }
  std::size_t requests() const { return collector->requests.size(); }
  bool counts(const std::string& line) const {
    return shared->metrics.expose().find("\nmillrace_spans_" + line + "\n") != std::string::npos;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_exporters)

BOOST_AUTO_TEST_CASE(waiting_spans_are_sent_every_second) {
  exporting e;
  e.will_answer(200, "{}");
  e.add(3);
  BOOST_TEST(e.requests() == 0U);
  e.world.advance(1s);
  BOOST_REQUIRE(e.requests() == 1U);
  auto& r = e.collector->requests[0];
  BOOST_TEST(r.method == "POST");
  BOOST_TEST(r.url == "http://collector:4318/v1/traces");
  BOOST_TEST((r.headers.at(0) == std::pair<std::string, std::string>{"content-type", "application/json"}));
  BOOST_TEST((r.timeout == 10s));
  BOOST_TEST(e.spans_in(0) == 3U);
  BOOST_TEST(e.counts("exported_total 3"));
  e.world.advance(1s);
  BOOST_TEST(e.requests() == 1U);
}

BOOST_AUTO_TEST_CASE(a_full_batch_is_sent_immediately_and_the_next_after_its_response) {
  exporting e;
  e.add(1'500);
  BOOST_REQUIRE(e.requests() == 1U);
  BOOST_TEST(e.spans_in(0) == 512U);
  e.world.advance(1s);
  BOOST_TEST(e.requests() == 1U);  // one at a time
  e.will_answer(200);
  e.collector->unanswered.at(0)(http::response{.status = 200, .headers = {}, .body = {}});
  e.world.settle();
  BOOST_REQUIRE(e.requests() == 2U);
  BOOST_TEST(e.spans_in(1) == 512U);
  e.will_answer(200);
  e.world.advance(1s);
  BOOST_REQUIRE(e.requests() == 3U);
  BOOST_TEST(e.spans_in(2) == 476U);
  BOOST_TEST(e.counts("exported_total 1500"));
}

BOOST_AUTO_TEST_CASE(a_collector_that_is_busy_is_asked_again_with_the_same_spans) {
  for (long status : {429, 502, 503, 504}) {
    exporting e;
    e.will_answer(status);
    e.will_answer(200);
    e.add(2);
    e.world.advance(1s);
    BOOST_TEST(e.requests() == 1U);
    e.world.advance(1s);
    BOOST_REQUIRE(e.requests() == 2U);
    BOOST_TEST(e.collector->requests[0].body == e.collector->requests[1].body);
    BOOST_TEST(e.counts("exported_total 2"));
  }
}

BOOST_AUTO_TEST_CASE(it_may_say_when_to_ask_again) {
  exporting e;
  e.will_answer(503, {}, "7");
  e.will_answer(200);
  e.add(1);
  e.world.advance(1s);
  e.world.advance(6'900ms);
  BOOST_TEST(e.requests() == 1U);
  e.world.advance(200ms);
  BOOST_TEST(e.requests() == 2U);
}

BOOST_AUTO_TEST_CASE(after_three_tries_they_are_dropped_and_counted_and_the_next_ones_have_their_turn) {
  exporting e;
  for (int i = 0; i < 3; ++i) e.will_fail(http::transfer_error::connect);
  e.will_answer(200);
  e.add(4);
  for (int i = 0; i < 4; ++i) e.world.advance(1s);
  BOOST_TEST(e.requests() == 3U);
  BOOST_TEST(e.counts("dropped_total{reason=\"collector\"} 4"));
  e.add(1);
  e.world.advance(1s);
  BOOST_TEST(e.requests() == 4U);
  BOOST_TEST(e.counts("exported_total 1"));
}

BOOST_AUTO_TEST_CASE(a_permanent_failure_is_not_retried) {
  exporting e;
  e.will_answer(400);
  e.will_fail(http::transfer_error::bad_url);
  for (int i = 0; i < 2; ++i) {
    e.add(1);
    e.world.advance(1s);
  }
  e.world.advance(1s);
  BOOST_TEST(e.requests() == 2U);
  BOOST_TEST(e.counts("dropped_total{reason=\"collector\"} 2"));
}

BOOST_AUTO_TEST_CASE(spans_that_a_collector_does_not_want_count_as_dropped) {
  exporting e;
  e.will_answer(200, R"({"partialSuccess":{"rejectedSpans":"2"}})");
  e.will_answer(200, R"({"partialSuccess":{"rejectedSpans":"99"}})");
  for (int i = 0; i < 2; ++i) {
    e.add(3);
    e.world.advance(1s);
  }
  BOOST_TEST(e.counts("exported_total 1"));
  BOOST_TEST(e.counts("dropped_total{reason=\"collector\"} 5"));
}

BOOST_AUTO_TEST_CASE(a_response_after_a_restart_is_ignored_and_its_spans_are_counted) {
  exporting e;
  e.add(2);
  e.world.advance(1s);
  caf::anon_send_exit(e.exporter, caf::exit_reason::kill);
  e.world.settle();
  BOOST_TEST(e.counts("dropped_total{reason=\"collector\"} 2"));
  e.collector->unanswered.at(0)(http::response{.status = 200, .headers = {}, .body = {}});
  e.world.settle();
  BOOST_TEST(e.counts("exported_total 0"));
}

struct draining : exporting {
  int drained_messages = 0;
  caf::actor asker = world.keep(world.sys.spawn(
      [](caf::event_based_actor*, int* count) -> caf::behavior { return {[count](const drained&) { ++*count; }}; },
      &drained_messages));
  void drain() {
    caf::anon_send(exporter, millrace::actors::drain{asker});
    world.settle();
  }
};

BOOST_AUTO_TEST_CASE(draining_it_sends_all_that_is_left) {
  draining e;
  for (int i = 0; i < 2; ++i) e.will_answer(200);
  e.shared->spans->add(std::vector<span>(600));
  e.drain();
  BOOST_TEST(e.requests() == 2U);
  BOOST_TEST(e.drained_messages == 1);
}

BOOST_AUTO_TEST_CASE(draining_it_does_not_wait_for_a_collector_that_fails) {
  draining e;
  e.will_answer(503);
  e.add(1);
  e.world.advance(1s);
  BOOST_TEST(e.requests() == 1U);
  e.will_answer(503);
  e.drain();
  BOOST_TEST(e.requests() == 2U);
  BOOST_TEST(e.drained_messages == 1);
  BOOST_TEST(e.counts("dropped_total{reason=\"collector\"} 1"));
}

BOOST_AUTO_TEST_SUITE_END()
