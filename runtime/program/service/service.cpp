#include "runtime/program/service/service.hpp"

#include "actors/broker/queue_depths.hpp"
#include "actors/handlers/built_in.hpp"
#include "actors/node/broker_connections.hpp"
#include "actors/node/connector_options.hpp"
#include "actors/node/messages.hpp"
#include "actors/pipeline/task_spans.hpp"
#include "actors/storage/read_only_queries.hpp"
#include "connectors/postgres/cluster/seal_store.hpp"
#include "connectors/postgres/session/session.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/program/api/server.hpp"
#include "runtime/program/service/effect_clients.hpp"
#include "runtime/program/service/supervision_tree.hpp"

#include <caf/scoped_actor.hpp>

#include <chrono>
#include <filesystem>
#include <thread>
#include <unistd.h>

namespace millrace::service {
namespace {

using monitoring::level;

constexpr std::chrono::seconds trace_flush_timeout{2};
constexpr std::chrono::seconds close_timeout{3};  // a broker connection takes up to 1 s to close

std::string node_name(const config::settings& s) {
  if (!s.node.empty()) return s.node;
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '?';
  return std::string{host} + "-" + std::to_string(::getpid());
}

struct system_config : caf::actor_system_config {
  explicit system_config(const config::settings& s) {
    set("scheduler.max-threads", static_cast<std::size_t>(s.scheduler_threads));
    // One shared queue: idle workers sleep on a condition variable; with "stealing" they would poll.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-throughput", static_cast<std::size_t>(50));
  }
};

/// Needed before the first delivery. False if the database is unavailable.
bool read_seal_key(actors::node_context& shared) {
  if (shared.proof) return true;
  postgres::session session{actors::task_session(shared.settings, "millrace " + shared.name)};
  std::string key;
  const auto read = session.run([&](unit_of_work& work) { key = postgres::read_seal_key(work); });
  if (read) shared.proof = std::make_unique<const actors::seal>(std::move(key));
  return read.has_value();
}

}  // namespace

struct service::state {
  actors::node_ptr shared;
  std::unique_ptr<effect_clients> clients;
  std::unique_ptr<monitoring::exporter> exporter;
  std::unique_ptr<api::server> api_server;
  system_config caf_config;
  std::unique_ptr<caf::actor_system> system;
  caf::actor root;

  std::function<void(std::string_view)> isolated;  ///< set in an isolated executor

  state(config::settings s, std::function<void(std::string_view)> answer)
      : shared(std::make_shared<actors::node_context>()), caf_config(s), isolated(std::move(answer)) {
    s.node = node_name(s);
    shared->name = s.node;
    shared->identity = s.node + "/" + to_string(uuid::v7(std::chrono::system_clock::now())).substr(28);
    shared->settings = std::move(s);
    handlers::add_built_in_handlers(*shared->handlers, shared->settings);
    for (auto* c : {"node presence", "database tasks", "database reports", "broker amqp_consume", "broker amqp_publish"})
      shared->health.expect(c);
    for (auto* q : shared->settings.queues.all()) shared->health.expect("queue " + q->name);
    open_clients();
    if (isolated) return;
    if (const auto& folder = shared->settings.report.catalogue_dir; !std::filesystem::is_directory(folder))
      monitoring::log(level::warn, "report.catalogue_dir not found; report.run has no reports",
                      {{"report.catalogue_dir", folder}});
    exporter = std::make_unique<monitoring::exporter>(shared->settings.monitoring.bind, shared->metrics, shared->health);
    if (!shared->settings.api.bind.empty()) api_server = std::make_unique<api::server>(shared);
  }

  void open_clients() {
    auto* n = shared.get();
    auto post = [n](std::function<void()> job) { n->loop.post(std::move(job)); };
    clients = std::make_unique<effect_clients>(*n);
    n->effects = std::make_unique<effect_context>(effect_services());
    if (!isolated && !n->settings.amqp.management_url.empty())
      n->loop.run_and_wait(
          [&] { n->broker_management = http::make_client(n->loop.uv(), post, actors::management_options(n->settings)); });
    if (n->settings.tracing.endpoint.empty()) return;
    n->loop.run_and_wait([&] { n->trace_collector = http::make_client(n->loop.uv(), post, actors::collector_options()); });
    n->spans = std::make_unique<actors::span_buffer>();
  }

  effect_context::services effect_services() {
    auto* n = shared.get();
    auto s = clients->services();
    s.read_database = [n](auto work, auto done) {
      auto answer = std::make_shared<actors::read_answer>(std::move(done));
      caf::anon_send(n->directory.find("read-only queries"),
                     actors::read_request{std::move(work), [answer](auto result) { answer->report(std::move(result)); }});
    };
    s.cancel_requested = [n](const task& t) { return n->in_flight.cancel_requested({t.tenant, t.id, t.generation}); };
    s.answered = [n](const std::string& type, long status) { n->metrics.effect_response(type, status); };
    if (!n->settings.tracing.endpoint.empty())
      s.traceparent = [n](const task& t) { return actors::traceparent_of_effect(*n, t); };
    return s;
  }

  /// Stops the supervision tree. Returns because supervisors kill a child that exceeds its grace period.
  void stop_tree() {
    if (!system) return;
    caf::scoped_actor self{*system};
    if (root) {
      self->monitor(root);
      supervision::stop_actor(root);
      self->receive([](const caf::down_msg&) {},
                    caf::after(std::chrono::seconds{20}) >>
                        [] { monitoring::log(level::error, "supervision tree did not stop within 20 s"); });
    }
    root = nullptr;
    shared->directory.clear();
  }
};

service::service(config::settings s) : service(std::move(s), nullptr) {}
service::service(config::settings s, std::function<void(std::string_view)> answer)
    : state_(std::make_unique<state>(std::move(s), std::move(answer))) {}

service::~service() {
  auto& st = *state_;
  st.stop_tree();
  st.system.reset();
  st.api_server.reset();
  st.exporter.reset();
  st.shared->loop.run_and_wait([&st] {
    st.shared->trace_collector.reset();
    st.shared->broker_management.reset();
  });
  st.clients.reset();
  st.shared->presence.reset();  // last: no work in flight remains, so other nodes may take over
  // Closing connections hold references to the node. The last owner destroys its event loop and joins the loop's thread, so
  // it must not be that thread.
  for (auto deadline = std::chrono::steady_clock::now() + close_timeout;
       st.shared.use_count() > 1 && std::chrono::steady_clock::now() < deadline;)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

bool service::join(std::chrono::milliseconds timeout) {
  auto& shared = *state_->shared;
  if (!shared.presence) {
    auto options = actors::task_session(shared.settings, "millrace presence " + shared.name);
    auto report = [&shared](bool held, const std::string& error) { shared.health.report("node presence", held, error); };
    shared.presence = std::make_unique<postgres::presence>(std::move(options), shared.identity, std::move(report));
  }
  return shared.presence->wait_until_held(timeout) && read_seal_key(shared);
}

void service::start(std::function<void()> ended) {
  auto& st = *state_;
  if (!st.system) st.system = std::make_unique<caf::actor_system>(st.caf_config);
  st.root = st.system->spawn(supervision::probed(supervision::supervisor),
                             st.isolated ? make_isolated_tree(st.shared, st.isolated) : make_tree(st.shared));
  st.shared->directory.put("root", st.root);
  st.root->attach_functor([ended = std::move(ended)](const caf::error&) { ended(); });
}

bool service::drain(std::chrono::milliseconds grace) {
  auto& st = *state_;
  caf::scoped_actor self{*st.system};
  auto deadline = std::chrono::steady_clock::now() + grace;
  auto drain_all = [&](const std::vector<std::string>& names, std::chrono::steady_clock::time_point until) {
    for (auto& name : names)
      self->send(st.shared->directory.find(name), millrace::actors::drain{caf::actor_cast<caf::actor>(self)});
    for (auto open = names.size(); open > 0;) {
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      bool in_time = left.count() > 0;
      if (in_time) self->receive([&](const actors::drained&) { --open; }, caf::after(left) >> [&] { in_time = false; });
      if (!in_time) return false;
    }
    return true;
  };
  bool done = drain_all(consumer_names(st.shared->settings), deadline) && drain_all({"outbox relay"}, deadline);
  // An unavailable trace collector must not make the drain fail.
  if (st.shared->spans)
    drain_all({"trace exporter"}, std::min(deadline, std::chrono::steady_clock::now() + trace_flush_timeout));
  return done;
}

actors::node_context& service::shared() noexcept { return *state_->shared; }
std::uint16_t service::monitoring_port() const noexcept { return state_->exporter->port(); }
std::uint16_t service::api_port() const noexcept { return state_->api_server ? state_->api_server->port() : 0; }

}  // namespace millrace::service
