#pragma once

#include "connectors/postgres/task/outbox_store.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

namespace millrace::postgres {

constexpr std::chrono::milliseconds minute{60'000};
constexpr std::int64_t year_2100 = 4'102'444'800'000'000;

/// A database whose outbox rows a test adds and takes.
struct outbox_database : test::migrated_database {
  void add(const std::vector<outbox_row>& rows) {
    run([&](unit_of_work& work) { enqueue(work, rows); });
  }
  std::vector<outbox_row> take(std::uint32_t limit = 100, std::chrono::milliseconds lease = minute) {
    std::vector<outbox_row> rows;
    run([&](unit_of_work& work) { rows = take_due(work, limit, lease).rows; });
    return rows;
  }
  std::optional<std::chrono::milliseconds> next() {
    std::optional<std::chrono::milliseconds> wait;
    run([&](unit_of_work& work) { wait = next_due(work); });
    return wait;
  }
  static outbox_row message(std::string id, std::optional<std::int64_t> due = {}) {
    outbox_row row;
    row.due_at_us = due;
    row.routing_key = "email";
    row.message_id = std::move(id);
    return row;
  }
  static std::string ids(const std::vector<outbox_row>& rows) {
    std::string text;
    for (const auto& row : rows) text += row.message_id + " ";
    return text;
  }
};

}  // namespace millrace::postgres
