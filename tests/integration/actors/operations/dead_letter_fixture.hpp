#pragma once

#include "actors/operations/replay.hpp"
#include "connectors/postgres/dead_letter/dead_letter_store.hpp"
#include "tests/integration/connectors/postgres/task/task_fixture.hpp"

#include <string>
#include <vector>

namespace millrace::test {

/// A database with dead tasks, and shortcuts for replay and discard of their dead letters.
struct dead_letters_database : task_database {
  using answers = std::vector<operations::settled_dead_letter>;

  /// The id of the n-th dead letter; ids ascend with n.
  static std::string dead_letter_id(int n) { return id(n).replace(0, 8, "10000000"); }

  /// Adds the row and the dead letter of the n-th task, dead in this generation.
  void die(int n, std::uint32_t generation = 0, const std::string& reason = "rejected") {
    auto dead = delivery(n, postgres::task_state::dead, generation);
    dead.payload = payload;
    accept(dead);
    add_dead_letter(n, generation, reason);
  }

  void add_dead_letter(int n, std::uint32_t generation = 0, const std::string& reason = "rejected", int number = 0) {
    postgres::dead_letter_row l;
    l.id = dead_letter_id(number != 0 ? number : n);
    l.tenant = "default";
    l.task_id = id(n);
    l.type = "notification.email";
    l.queue = "email";
    l.reason = reason;
    l.error = "no mailbox " + std::to_string(n);
    l.generation = generation;
    l.content_type = "application/json";
    l.properties_json = "{}";
    l.raw_properties = std::string_view{"\0\0", 2};  // no property is set
    l.payload = payload;
    l.body_size = payload.size();
    run([&](unit_of_work& work) { postgres::add_dead_letters(work, std::vector{l}); });
  }

  static operations::replay_order order(const std::string& run_id = "20000000-0000-7000-8000-000000000001") {
    operations::replay_order o;
    o.by = {"ada@host", "INC-42", run_id};
    o.command = R"({"reason":"INC-42"})";
    o.queues = {"email"};
    o.first_due = wall_time{std::chrono::seconds{4'102'444'800}};
    return o;
  }

  answers replay(const std::vector<std::string>& ids, const operations::replay_order& o = order(), bool first = true) {
    answers results;
    run([&](unit_of_work& work) { results = operations::replay_batch(work, ids, o, first); });
    return results;
  }
  answers discard(const std::vector<std::string>& ids) {
    answers results;
    run([&](unit_of_work& work) {
      results = operations::discard_batch(work, ids, order("20000000-0000-7000-8000-0000000000dd").by, "{}", true);
    });
    return results;
  }

  std::string outbox_rows() { return ask("select count(*) from millrace.outbox"); }
  std::string audit_rows(const std::string& action) {
    return ask("select count(*) from millrace.audit where action = '" + action + "'");
  }

  std::string payload = R"({"to":"a"})";
};

/// The order of another run of the command.
inline operations::replay_order next_run(bool again = false) {
  auto o = dead_letters_database::order("20000000-0000-7000-8000-000000000002");
  o.again = again;
  return o;
}

}  // namespace millrace::test
