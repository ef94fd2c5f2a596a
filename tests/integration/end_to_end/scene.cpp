#include "tests/integration/end_to_end/scene.hpp"

#include <pqxx/pqxx>

#include <csignal>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace millrace::test {
namespace {

const std::string source_dir = MILLRACE_SOURCE_DIR;
constexpr std::chrono::seconds counters_lag{6};
const std::vector<std::string> queues{"email",         "webhook",         "data-processing", "priority",
                                      "priority.high", "priority.ledger", "dead-letter"};

}  // namespace

scene::scene() : folder_(std::filesystem::temp_directory_path() / unique_name("millrace-scene")), port_(free_port()) {
  std::filesystem::create_directories(folder_ / "reports");
  int mail_port = start_sink("mail_sink.py", "mail.jsonl", mail_);
  webhook_port_ = start_sink("webhook_sink.py", "webhook.jsonl", webhook_);
  variables_ = {{"MILLRACE_AMQP_URL", vhost_.url()},
                {"MILLRACE_DATABASE_URL", database_.url()},
                {"MILLRACE_SMTP_URL", "smtp://127.0.0.1:" + std::to_string(mail_port)},
                {"MILLRACE_SMTP_STARTTLS", "false"},
                {"MILLRACE_WEBHOOK_ALLOW_PRIVATE_ADDRESSES", "true"},
                {"MILLRACE_WEBHOOK_ALLOW_HTTP", "true"},
                {"MILLRACE_REPORT_CATALOGUE_DIR", source_dir + "/config/reports"},
                {"MILLRACE_REPORT_OUTPUT_DIR", (folder_ / "reports").string()},
                {"MILLRACE_STATE_DIR", (folder_ / "state").string()},
                {"MILLRACE_MONITORING_BIND", "127.0.0.1:" + std::to_string(port_)}};
  if (run({"migrate"}) != 0) throw std::runtime_error("millrace migrate failed: " + output());
}

scene::~scene() {
  server_.reset();
  mail_.reset();
  webhook_.reset();
  std::error_code ignored;  // a leftover folder in /tmp does not fail the test
  std::filesystem::remove_all(folder_, ignored);
}

int scene::start_sink(const std::string& script, const std::string& journal, std::unique_ptr<child_process>& sink) {
  auto log = (folder_ / (script + ".log")).string();
  sink = std::make_unique<child_process>(
      std::vector<std::string>{"/usr/bin/python3", "-u", source_dir + "/deploy/dev.d/" + script, "--journal",
                               (folder_ / journal).string()},
      std::map<std::string, std::string>{}, log);
  const std::string said = "listening on 127.0.0.1:";
  if (!wait_until([&] { return file_text(log).find(said) != std::string::npos; }))
    throw std::runtime_error(script + ": " + file_text(log));
  return std::stoi(file_text(log).substr(file_text(log).find(said) + said.size()));
}

int scene::run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables) {
  std::filesystem::remove(folder_ / "run.log");
  auto all = variables;
  all.insert(variables_.begin(), variables_.end());
  std::vector<std::string> command{required_variable("MILLRACE_PROGRAM")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return child_process{command, all, (folder_ / "run.log").string()}.wait();
}

std::unique_ptr<child_process> scene::start_node(const std::string& bind, const std::string& log,
                                                 const std::vector<std::string>& arguments) {
  auto variables = variables_;
  variables["MILLRACE_MONITORING_BIND"] = bind;
  std::vector<std::string> command{required_variable("MILLRACE_PROGRAM"), "serve"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return std::make_unique<child_process>(command, variables, file(log));
}

void scene::start(const std::vector<std::string>& arguments) {
  server_ = start_node("127.0.0.1:" + std::to_string(port_), "serve.log", arguments);
}

std::unique_ptr<child_process> scene::another_node(const std::vector<std::string>& arguments) {
  return start_node("127.0.0.1:0", "serve.log", arguments);
}

std::unique_ptr<child_process> scene::serve_beside(const std::string& name, const std::vector<std::string>& arguments) {
  auto address = "127.0.0.1:" + std::to_string(free_port());
  auto node = start_node(address, name + ".log", arguments);
  if (!wait_until([&] { return http_get("http://" + address + "/readyz").first == 200 || !node->running(); }) ||
      !node->running())
    throw std::runtime_error("millrace serve is not ready: " + file_text(file(name + ".log")));
  return node;
}

bool scene::ready() {
  return wait_until([&] { return http_get(monitoring("/readyz")).first == 200 || !server_->running(); }) &&
         server_->running();
}

void scene::serve(const std::vector<std::string>& arguments) {
  start(arguments);
  if (!ready()) throw std::runtime_error("millrace serve is not ready: " + log());
}

std::string scene::write(const std::string& name, const std::string& text) const {
  auto path = (folder_ / name).string();
  std::ofstream{path} << text;
  return path;
}

std::unique_ptr<child_process> scene::produce(int tasks, int seed, mix tasks_are) {
  std::vector<std::string> command{"/usr/bin/python3",
                                   source_dir + "/tests/integration/end_to_end/producer.py",
                                   vhost_.url(),
                                   webhook_url(),
                                   (folder_ / "journal.jsonl").string(),
                                   std::to_string(tasks),
                                   std::to_string(seed)};
  if (tasks_are == mix::good) command.push_back("good");
  return std::make_unique<child_process>(command);
}

std::vector<nlohmann::json> scene::lines(const std::string& file) const {
  std::vector<nlohmann::json> all;
  std::ifstream in{folder_ / file};
  // A last line without a line feed is still being written.
  for (std::string line; std::getline(in, line) && !in.eof();) all.push_back(nlohmann::json::parse(line));
  return all;
}

long scene::depth(const std::string& queue) const {
  return rabbit_api("GET", "/api/queues/" + vhost_.name() + "/" + queue).value("messages", -1L);
}

std::string scene::in_progress() const {
  std::string found;
  auto add = [&found](const std::string& what, long count) {
    if (count != 0) found += what + ": " + std::to_string(count) + "; ";
  };
  for (auto& queue : queues) add("queue " + queue, depth(queue));
  pqxx::connection db{database_.url()};
  pqxx::nontransaction read{db};
  add("outbox", read.exec1("select count(*) from millrace.outbox")[0].as<long>());
  for (auto row : read.exec("select concat_ws(' ', type, state, 'attempt', attempt), count(*) from millrace.task"
                            " where state in ('scheduled', 'running', 'retrying') group by 1"))
    add(row[0].c_str(), row[1].as<long>());
  return found;
}

bool scene::settle(std::chrono::milliseconds deadline) {
  // The broker's counters lag, so they must stay at zero for a while.
  std::optional<std::chrono::steady_clock::time_point> since;
  return wait_until(
      [&] {
        auto now = std::chrono::steady_clock::now();
        if (!in_progress().empty()) return since.reset(), false;
        if (!since) since = now;
        return now - *since >= counters_lag;
      },
      deadline);
}

}  // namespace millrace::test
