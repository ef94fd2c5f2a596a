#include "actors/client_settings.hpp"
#include "connectors/postgres/session.hpp"
#include "connectors/postgres/task_query.hpp"
#include "runtime/command/command.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace millrace::command {
namespace {

using postgres::task_record;

struct show_options {
  std::string id, tenant;
  bool json = false;
};

std::vector<task_record> find(const show_options& o, const config::settings& s) {
  postgres::session session{task_session(s, "millrace task")};
  std::vector<task_record> found;
  auto read = session.run([&](unit_of_work& work) { found = postgres::find_tasks(work, o.id, o.tenant); });
  if (!read) throw failure(failed, "task show: " + read.error().message);
  if (found.empty())
    throw failure(failed, "task show: no task with id '" + o.id + "'" +
                              (o.tenant.empty() ? "" : " of tenant '" + o.tenant + "'") +
                              "; it may still wait in its queue");
  return found;
}

using fields = std::vector<std::pair<const char*, std::string>>;

fields texts_of(const task_record& t) {
  return {{"id", t.id},
          {"original_id", t.original_id},
          {"tenant", t.tenant},
          {"type", t.type},
          {"queue", t.queue},
          {"state", t.state},
          {"published_at", t.published_at},
          {"received_at", t.received_at},
          {"started_at", t.started_at},
          {"finished_at", t.finished_at},
          {"content_type", t.content_type},
          {"correlation_id", t.correlation_id},
          {"traceparent", t.traceparent},
          {"node", t.node},
          {"error", t.error}};
}

nlohmann::json to_json(const task_record& t) {
  nlohmann::json j{{"attempt", t.attempt}, {"generation", t.generation}, {"result", nullptr}};
  for (auto& [name, text] : texts_of(t)) j[name] = text.empty() ? nlohmann::json{} : nlohmann::json(text);
  if (!t.result.empty()) j["result"] = nlohmann::json::parse(t.result, nullptr, false);
  return j;
}

void print(const task_record& t) {
  auto line = [](const char* name, const std::string& text) {
    if (!text.empty()) std::cout << name << std::string(16 - std::string_view{name}.size(), ' ') << text << '\n';
  };
  for (auto& [name, text] : texts_of(t)) line(name, text);
  line("attempt", std::to_string(t.attempt));
  line("result", t.result);
}

void show(const show_options& o, const config::settings& s) {
  auto found = find(o, s);
  if (!o.json) {
    for (auto& t : found) print(t);
    return;
  }
  nlohmann::json all = nlohmann::json::array();
  for (auto& t : found) all.push_back(to_json(t));
  std::cout << (found.size() == 1 ? all[0] : all).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace

void add_task(CLI::App& app, const common_options& common) {
  auto* task = app.add_subcommand("task", "Look at a task, or cancel it");
  task->require_subcommand(1);
  auto o = std::make_shared<show_options>();
  auto* c = task->add_subcommand("show", "Print state, attempts, times and result or error of a task");
  c->add_option("id", o->id, "task id: a UUID, or the producer's own text")->required();
  c->add_option("--tenant", o->tenant, "only this tenant's");
  c->add_flag("--json", o->json, "JSON: an object, or an array where several tenants use the id");
  c->callback([o, &common] { show(*o, common.load().values); });
  add_task_cancel(*task, common);
}

}  // namespace millrace::command
