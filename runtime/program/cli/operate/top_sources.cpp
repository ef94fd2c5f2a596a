#include "runtime/program/cli/operate/top_sources.hpp"

#include "actors/delivery/topology.hpp"
#include "actors/node/connector_options.hpp"
#include "connectors/postgres/cluster/queue_control_store.hpp"
#include "monitoring/http_server/listen_address.hpp"
#include "runtime/program/cli/broker_session.hpp"
#include "runtime/program/cli/command.hpp"

#include <algorithm>
#include <future>

namespace millrace::cli {
namespace {

constexpr std::size_t max_metrics_bytes = 8 * 1024 * 1024;
constexpr std::chrono::milliseconds scrape_timeout{2'000}, broker_timeout{2'000};

postgres::session_options top_session(const config::settings& s) {
  auto o = actors::task_session(s, "millrace top");
  o.connect_timeout = o.statement_timeout = o.lock_timeout = std::chrono::milliseconds{2'000};
  o.read_only = true;
  return o;
}

http::client_options scrape_options() {
  http::client_options o;
  o.connect_timeout = scrape_timeout;
  o.max_response_bytes = max_metrics_bytes;
  o.allow_http = o.allow_private_addresses = true;  // the operator names the nodes, which are mostly on private networks
  return o;
}

top::node_scrape read_answer(const std::string& url, const tl::expected<http::response, http::failure>& answer) {
  const auto now = std::chrono::steady_clock::now();
  if (!answer) return {url, answer.error().message, now};
  if (answer->status != 200) return {url, "status " + std::to_string(answer->status), now};
  if (answer->body.size() >= max_metrics_bytes) return {url, "metrics larger than 8 MiB", now};
  return top::read_scrape(url, now, answer->body);
}

/// The queues, declared passively: reads their depth and creates nothing.
amqp::topology passive_topology(const config::settings& s) {
  amqp::topology t;
  for (auto* q : s.queues.all()) t.queues.push_back({.name = q->name, .arguments = {}, .passive = true});
  return t;
}

}  // namespace

top_sources::top_sources(const config::settings& s, std::vector<std::string> urls)
    : settings_(s), urls_(std::move(urls)), session_(top_session(s)) {
  loop_.run_and_wait([this] {
    client_ = http::make_client(
        loop_.uv(), [this](std::function<void()> job) { loop_.post(std::move(job)); }, scrape_options());
  });
}

top_sources::~top_sources() {
  loop_.run_and_wait([this] { client_.reset(); });
}

std::vector<top::node_scrape> top_sources::scrape() {
  std::vector<std::future<top::node_scrape>> answers;
  for (const auto& url : urls_) {
    auto promise = std::make_shared<std::promise<top::node_scrape>>();
    answers.push_back(promise->get_future());
    client_->send({.method = "GET", .url = url, .headers = {}, .body = {}, .timeout = scrape_timeout},
                  [promise, url](const tl::expected<http::response, http::failure>& answer) {
                    promise->set_value(read_answer(url, answer));
                  });
  }
  std::vector<top::node_scrape> all;
  all.reserve(answers.size());
  for (auto& a : answers) all.push_back(a.get());
  return all;
}

void top_sources::read_database(top::top_snapshot& snapshot) {
  std::vector<postgres::queue_control> controls;
  auto read = session_.run([&](unit_of_work& work) { controls = postgres::read_queue_controls(work); });
  if (!read) {
    snapshot.database_problem = read.error().message;
    return;
  }
  for (auto& q : snapshot.queues) {
    auto found = std::ranges::find(controls, q.name, &postgres::queue_control::queue);
    q.paused = found != controls.end() && found->paused;
    if (found == controls.end()) continue;
    q.rate_limit = found->rate_limit;
    if (found->concurrency) q.concurrency = found->concurrency;
  }
}

void top_sources::read_broker(top::top_snapshot& snapshot) {
  broker_session broker{actors::amqp_options(settings_, "millrace top"), passive_topology(settings_), broker_timeout};
  if (broker.error()) {
    snapshot.broker_problem = *broker.error();
    return;
  }
  const auto depths = broker.depths();
  for (auto& q : snapshot.queues)
    if (auto found = depths.find(q.name); found != depths.end()) q.ready = found->second;
}

top::top_snapshot top_sources::collect() {
  top::top_snapshot snapshot;
  snapshot.at = std::chrono::system_clock::now();
  for (auto* q : settings_.queues.all()) snapshot.queues.push_back({.name = q->name});
  read_broker(snapshot);
  read_database(snapshot);
  // The configured concurrency applies unless a control overrides it; without the database, that is unknown.
  for (std::size_t i = 0; i < snapshot.queues.size() && snapshot.database_problem.empty(); ++i)
    if (!snapshot.queues[i].concurrency) snapshot.queues[i].concurrency = settings_.queues.all()[i]->concurrency;
  snapshot.nodes = scrape();
  return snapshot;
}

std::string metrics_url(const std::string& text) {
  const auto scheme = text.find("://");
  const std::string url = scheme == text.npos ? "http://" + text : text;
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    throw failure(misused, "top: --metrics must be the http or https metrics URL of a node");
  const auto slash = url.find('/', url.find("://") + 3);
  if (slash == url.npos) return url + "/metrics";
  return slash + 1 == url.size() ? url + "metrics" : url;
}

std::string local_metrics_url(const config::settings& s) {
  const auto& bind = s.monitoring.bind;
  monitoring::listen_address at;
  try {
    at = monitoring::parse_listen_address(bind);
  } catch (const std::runtime_error& e) {
    throw failure(misused, std::string{"top: monitoring.bind: "} + e.what());
  }
  if (at.port == 0) throw failure(misused, "top: monitoring.bind has no fixed port; use --metrics URL");
  if (at.host == "0.0.0.0") at.host = "127.0.0.1";
  if (at.host == "[::]") at.host = "[::1]";
  return metrics_url("http://" + at.host + ":" + std::to_string(at.port));
}

}  // namespace millrace::cli
