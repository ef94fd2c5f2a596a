#pragma once

#include "tests/support/child_process.hpp"
#include "tests/support/servers.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::test {

/// A complete Millrace for one test: its own virtual host and database, sinks for mail and webhooks, and the real program
/// as a child process.
class scene {
 public:
  /// Starts the sinks and migrates the database.
  scene();
  ~scene();

  /// Sets an environment variable for programs started from now on.
  void set(const std::string& name, std::string value) { variables_[name] = std::move(value); }
  /// Starts `millrace serve` and waits until it is ready.
  void serve(const std::vector<std::string>& arguments = {});
  /// Starts an additional node and waits until it is ready. It logs to `name`.log.
  std::unique_ptr<child_process> serve_beside(const std::string& name, const std::vector<std::string>& arguments = {});
  /// Starts `millrace serve` without waiting, as it may die before it is ready.
  void start(const std::vector<std::string>& arguments);
  /// Starts a second node with its own monitoring port. It also logs to `serve.log`.
  std::unique_ptr<child_process> another_node(const std::vector<std::string>& arguments);
  /// Waits until the node is ready; false if it has died.
  bool ready();
  /// Runs another command of the program and returns its exit code. `variables` override those of the scene.
  int run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables = {});
  /// The output of the last `run`, from stdout and stderr.
  std::string output() const { return file_text((folder_ / "run.log").string()); }
  child_process& server() { return *server_; }
  std::string monitoring(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

  /// Starts the mixed producer, which writes `journal()`. Some of its tasks are broken unless `tasks_are` is `good`.
  enum class mix { with_broken, good };
  std::unique_ptr<child_process> produce(int tasks, int seed, mix tasks_are = mix::with_broken);
  /// One object for each confirmed task; see producer.py.
  std::vector<nlohmann::json> journal() const { return lines("journal.jsonl"); }
  std::vector<nlohmann::json> mails() const { return lines("mail.jsonl"); }
  std::vector<nlohmann::json> webhooks() const { return lines("webhook.jsonl"); }

  /// Path of a file in the scene's folder: journal.jsonl, mail.jsonl, webhook.jsonl.
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  std::string webhook_url() const { return "http://127.0.0.1:" + std::to_string(webhook_port_); }

  /// Waits until no task is in flight: the queues and the outbox are empty and all tasks have finished.
  bool settle(std::chrono::milliseconds deadline);
  /// The tasks in flight by place, as text; empty if there are none.
  std::string in_progress() const;
  /// The number of ready and unacknowledged messages in a queue.
  long depth(const std::string& queue) const;
  const std::string& database_url() const { return database_.url(); }
  const std::string& amqp_url() const { return vhost_.url(); }
  const std::string& vhost() const { return vhost_.name(); }
  /// Writes a file into the scene's folder and returns its path.
  std::string write(const std::string& name, const std::string& text) const;
  std::string log() const { return file_text((folder_ / "serve.log").string()); }

 private:
  std::vector<nlohmann::json> lines(const std::string& file) const;
  std::unique_ptr<child_process> start_node(const std::string& bind, const std::string& log,
                                            const std::vector<std::string>& arguments);
  int start_sink(const std::string& script, const std::string& journal, std::unique_ptr<child_process>& sink);

  test_database database_;
  test_vhost vhost_;
  std::filesystem::path folder_;
  std::map<std::string, std::string> variables_;
  int port_ = 0;
  int webhook_port_ = 0;
  std::unique_ptr<child_process> mail_, webhook_, server_;
};

}  // namespace millrace::test
