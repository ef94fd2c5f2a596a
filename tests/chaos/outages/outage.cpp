#include "tests/chaos/outages/outage.hpp"

#include <pqxx/pqxx>

#include <csignal>
#include <cstdlib>
#include <set>
#include <sstream>

namespace millrace::test {

using namespace std::chrono_literals;

outage::outage() {
  s.set("MILLRACE_AMQP_URL", amqp.in_front_of(s.amqp_url()));
  s.set("MILLRACE_DATABASE_URL", database.in_front_of(s.database_url()));
  s.write("journal.jsonl", "");  // `millrace verify` requires it, even if nothing is produced
  s.set("MILLRACE_AMQP_HEARTBEAT", "1s");
  s.set("MILLRACE_POSTGRES_STATEMENT_TIMEOUT", "2s");
  s.set("MILLRACE_AMQP_RECONNECT_MIN", "10ms");
  s.set("MILLRACE_AMQP_RECONNECT_MAX", "500ms");
}

outage::~outage() {
  for (auto each : {own_servers::server::rabbitmq, own_servers::server::postgres}) {
    servers.signal(each, SIGCONT);
    servers.resume(each);
  }
}

void outage::begin(int tasks) {
  s.serve();
  producer = s.produce(tasks, 1, scene::mix::good);
  auto working = [this] { return s.journal().size() > 100 && metric("millrace_tasks_total", "succeeded") > 50; };
  BOOST_REQUIRE(wait_until(working));
}

bool outage::noticed() {
  return wait_until([this] { return !ready(); });
}

bool outage::load_went_on(std::size_t more) {
  auto before = s.journal().size();
  return wait_until([&] { return load_ended() || s.journal().size() >= before + more; });
}

bool outage::all_ended() {
  std::set<std::string> ids;
  std::size_t without_id = 0;
  for (auto& line : s.journal()) {
    if (line["id"].is_null())
      ++without_id;
    else
      ids.insert(line["id"].get<std::string>());
  }
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction read{db};
  auto row = read.exec1(
      "select (select count(*) from millrace.task where state in ('scheduled', 'running', 'retrying'))"
      " + (select count(*) from millrace.outbox), (select count(*) from millrace.task)");
  return row[0].as<std::size_t>() == 0 && row[1].as<std::size_t>() >= ids.size() + without_id;
}

void outage::recover(promise_options options) {
  if (producer) BOOST_REQUIRE_EQUAL(producer->wait(), 0);
  bool ended = wait_until([this] { return all_ended(); }, 60s);
  auto log = s.log();
  BOOST_REQUIRE_MESSAGE(ended, "not all has ended: " << s.in_progress() << "; the log ends:\n"
                                                     << log.substr(log.size() - std::min<std::size_t>(log.size(), 4'000)));
  check_promise(s, options);
  check_no_attempts_used();
  BOOST_CHECK(wait_until([this] { return ready(); }));
}

void outage::check_no_attempts_used() {
  BOOST_CHECK_EQUAL(query("select count(*) from millrace.dead_letter"), "0");
  BOOST_CHECK_EQUAL(query("select coalesce(string_agg(concat_ws(' ', type, state, attempt, error), '; '), '')"
                          " from (select * from millrace.task where attempt > 1 limit 3) burned"),
                    "");
  std::istringstream log{s.log()};
  for (std::string line; std::getline(log, line);)
    if (line.find("task rescheduled") != std::string::npos) BOOST_TEST_MESSAGE(line);
  for (auto outcome : {"retry", "dead"}) BOOST_CHECK_EQUAL(metric("millrace_tasks_total", outcome), 0);
}

double outage::metric(const std::string& family, const std::string& label) {
  std::istringstream lines{http_get(s.monitoring("/metrics")).second};
  double sum = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(family) && line.find(label) != std::string::npos)
      sum += std::stod(line.substr(line.rfind(' ') + 1));
  return sum;
}

std::string outage::query(const std::string& sql) {
  pqxx::connection db{s.database_url()};
  pqxx::nontransaction read{db};
  auto rows = read.exec(sql);
  return rows.empty() || rows[0].empty() ? "" : rows[0][0].c_str();
}

boost::test_tools::assertion_result in_long_mode(boost::unit_test::test_unit_id) {
  auto* mode = std::getenv("MILLRACE_CHAOS");
  boost::test_tools::assertion_result yes(mode != nullptr && std::string{mode} == "long");
  yes.message() << "only with MILLRACE_CHAOS=long";
  return yes;
}

}  // namespace millrace::test
