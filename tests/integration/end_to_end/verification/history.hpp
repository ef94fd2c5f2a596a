#pragma once

#include "tests/integration/end_to_end/scene.hpp"

#include <map>
#include <string>
#include <vector>

namespace millrace::test {

/// A short history with every kind of task that `millrace verify` checks: accounts, posted and refused transfers, a webhook,
/// recorded executions, a dead letter and a task without an id. All tasks have ended, the node is stopped, and the journals
/// are complete.
class history : public scene {
 public:
  history();
  ~history();

  /// Ids of the history's tasks, by name: funding, payment, refused, webhook, record, dead.
  std::string id(const std::string& name) const { return ids_.at(name); }
  /// Runs `verify` on a copy of the database after `edit` (SQL), with further arguments, and returns its output, after
  /// "exit N".
  std::string verify_after(const std::string& edit, const std::vector<std::string>& arguments = {});
  /// Runs `verify` on the database with these arguments instead of the journals.
  std::string verify_with(const std::vector<std::string>& arguments);
  /// `--journal` and `--effects` with the history's files.
  std::vector<std::string> journals() const;

 private:
  void open(const std::string& account, bool negative);
  void transfer(const std::string& name, const std::string& debit, const std::string& credit, int amount);
  void publish(const std::string& name, const std::string& type, const std::string& payload, const std::string& expect,
               const std::string& queue = {});
  void publish_record();
  void publish_without_id();
  void send(const nlohmann::json& properties, const std::string& payload);
  void receive_result();
  void await(const std::string& condition);

  std::map<std::string, std::string> ids_;
};

/// True if `output` of `verify` reports a breach of the finding whose name starts with `what`.
bool condemns(const std::string& output, const std::string& what);

}  // namespace millrace::test
