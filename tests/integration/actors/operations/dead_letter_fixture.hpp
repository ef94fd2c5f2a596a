#pragma once

#include "actors/operations/replay.hpp"
#include "connectors/postgres/dead_letter/dead_letter_store.hpp"
#include "tests/integration/connectors/postgres/task/task_fixture.hpp"

#include <string>
#include <vector>

namespace millrace::test {

/// A database with dead tasks, and short words for what operators do with their letters.
struct dead_letters_database : task_database {
  using answers = std::vector<settled_dead_letter>;

  /// The id of the n-th letter; ids ascend with n.
  static std::string dead_letter_id(int n) { return id(n).replace(0, 8, "10000000"); }

  /// The n-th task dies in this generation: its row and its letter.
  void die(int n, std::uint32_t generation = 0, const std::string& reason = "rejected") {
    auto dead = delivery(n, postgres::task_state::dead, generation);
    dead.payload = payload;
    accept(dead);
    add_dead_letter(n, generation, reason);
  }

  void add_dead_letter(int n, std::uint32_t generation = 0, const std::string& reason = "rejected", int letter = 0) {
    postgres::dead_letter_row l;
    l.id = dead_letter_id(letter != 0 ? letter : n);
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

  static replay_order order(const std::string& run_id = "20000000-0000-7000-8000-000000000001") {
    replay_order o;
    o.by = {"ada@desk", "INC-42", run_id};
    o.command = R"({"why":"INC-42"})";
    o.queues = {"email"};
    o.now = wall_time{std::chrono::seconds{1'700'000'100}};
    return o;
  }

  answers replay(const std::vector<std::string>& ids, const replay_order& o = order(), bool first = true) {
    answers told;
    run([&](unit_of_work& work) { told = replay_batch(work, ids, o, first); });
    return told;
  }
  answers discard(const std::vector<std::string>& ids) {
    answers told;
    run([&](unit_of_work& work) {
      told = discard_batch(work, ids, order("20000000-0000-7000-8000-0000000000dd").by, "{}", true);
    });
    return told;
  }

  std::string outbox_rows() { return ask("select count(*) from millrace.outbox"); }
  std::string audit_rows(const std::string& action) {
    return ask("select count(*) from millrace.audit where action = '" + action + "'");
  }

  std::string payload = R"({"to":"a"})";
};

/// The next run's order: another run of the command.
inline replay_order next_run(bool again = false) {
  auto o = dead_letters_database::order("20000000-0000-7000-8000-000000000002");
  o.again = again;
  return o;
}

}  // namespace millrace::test
