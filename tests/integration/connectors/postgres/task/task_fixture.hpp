#pragma once

#include "connectors/postgres/task/task_query.hpp"
#include "connectors/postgres/task/task_store.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

#include <string>
#include <vector>

namespace millrace::test {

/// A database with shortcuts for deliveries and their outcomes.
struct task_database : migrated_database {
  using row = postgres::inbox_row;

  task_database() { wait_for_deaths_to_count(); }

  /// The n-th task id; ids ascend with n.
  static std::string id(int n) {
    const auto digits = std::to_string(n);
    return "00000000-0000-7000-8000-" + std::string(12 - digits.size(), '0') + digits;
  }

  static row delivery(int n, postgres::task_state state = postgres::task_state::running, std::uint32_t generation = 0) {
    row r;
    r.tenant = "default";
    r.id = id(n);
    r.type = "notification.email";
    r.queue = "email";
    r.content_type = "application/json";
    r.payload = "{}";
    r.generation = generation;
    r.received_at_us = 1'700'000'000'123'456;
    r.state = state;
    return r;
  }

  std::vector<postgres::inbox_answer> accept(const std::vector<row>& rows, std::string_view node = "node-1") {
    std::vector<postgres::inbox_answer> answers;
    run([&](unit_of_work& work) { answers = postgres::accept(work, rows, {node}); });
    return answers;
  }
  postgres::inbox_answer accept(const row& one, std::string_view node = "node-1") {
    return accept(std::vector{one}, node).at(0);
  }

  std::vector<postgres::finish_verdict> finish(const std::vector<postgres::finish_row>& rows,
                                               std::string_view node = "node-1") {
    std::vector<postgres::finish_verdict> done;
    run([&](unit_of_work& work) { done = postgres::finish(work, rows, node); });
    return done;
  }
  bool finish(int n, std::int64_t claim, postgres::task_state state) {
    return finish({{.tenant = "default", .id = id(n), .claim = claim, .state = state, .result = {}, .error = {}}}).at(0) ==
           postgres::finish_verdict::written;
  }

  std::vector<postgres::task_record> find(std::string_view text, std::string_view tenant = {}) {
    std::vector<postgres::task_record> found;
    run([&](unit_of_work& work) { found = postgres::find_tasks(work, text, tenant); });
    return found;
  }
  /// "state attempt generation claim" of the n-th task.
  std::string stand(int n) {
    return ask("select concat_ws(' ', state, attempt, generation, claim) from millrace.task where id = '" + id(n) + "'");
  }
};

inline void check_answer(const postgres::inbox_answer& answer, postgres::inbox_verdict verdict, std::uint32_t attempt,
                         std::int64_t claim) {
  BOOST_TEST(static_cast<int>(answer.verdict) == static_cast<int>(verdict));
  BOOST_TEST(answer.attempt == attempt);
  BOOST_TEST(answer.claim == claim);
}

}  // namespace millrace::test
