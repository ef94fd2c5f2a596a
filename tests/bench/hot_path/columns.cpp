#include "connectors/postgres/session/column_array.hpp"
#include "tests/bench/hot_path/parts.hpp"
#include "tests/bench/hot_path/sample.hpp"

#include <stdexcept>

namespace millrace::bench {
namespace {

constexpr std::size_t batch_size = 1'000, tasks_of_a_read = 200;
constexpr long long first_read_us = 1'790'000'000'000'000, between_reads_us = 1'500;

struct row {
  message task;
  long long received_us;
};

/// The columns of an inbox batch as connectors/postgres/task/inbox_batch fills them: most have the same value in every row.
class columns_part : public part {
 public:
  columns_part() {
    for (std::size_t number = 0; number < batch_size; ++number) {
      auto read = static_cast<long long>(number / tasks_of_a_read);
      rows_.push_back({sample(number), first_read_us + read * between_reads_us});
    }
  }

  void run() override {
    postgres::column_array id, tenant, type, queue, state, generation, received, published, content;
    postgres::column_array original, correlation, trace, reply, error;
    postgres::batch_bytes payload;
    for (const auto& each : rows_) {
      id.add(each.task.id);
      tenant.add(sample_tenant);
      type.add(each.task.type);
      queue.add(each.task.queue);
      state.add("succeeded");
      generation.add(0);
      received.add(each.received_us);
      published.add(-1);
      content.add("json");
      for (auto* absent : {&original, &correlation, &trace, &reply, &error}) absent->add("");
      payload.add(each.task.body);
    }
    std::size_t bytes = payload.starts().size() + payload.lengths().size() + payload.blob().size();
    for (auto* each : {&id, &tenant, &type, &queue, &state, &generation, &received, &published, &content, &original,
                       &correlation, &trace, &reply, &error})
      bytes += each->str().size();
    if (bytes == 0) throw std::runtime_error("nothing was built");
  }
  std::size_t tasks() const override { return batch_size; }

 private:
  std::vector<row> rows_;
};

}  // namespace

std::unique_ptr<part> columns() { return std::make_unique<columns_part>(); }

}  // namespace millrace::bench
