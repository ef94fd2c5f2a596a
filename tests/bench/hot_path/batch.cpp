#include "connectors/amqp/client.hpp"
#include "runtime/flow/group_commit.hpp"
#include "runtime/task/outcome.hpp"
#include "tests/bench/hot_path/parts.hpp"
#include "tests/bench/hot_path/sample.hpp"

#include <stdexcept>

namespace millrace::bench {
namespace {

constexpr std::size_t batch_size = 1'000;

/// Has the shape of the items that the committer batches: a task and its delivery.
struct waiting {
  task what;
  std::optional<dead> problem;
  amqp::channel_epoch epoch{1};
  amqp::delivery source;
};

waiting make_waiting(std::uint64_t number) {
  auto m = sample(number);
  waiting made;
  made.what.id = uuid::parse(m.id).value();
  made.what.tenant = sample_tenant;
  made.what.type = m.type;
  made.what.queue = m.queue;
  made.what.payload = shared_bytes::own(m.body);
  made.source.tag = amqp::delivery_tag{number + 1};
  made.source.body = made.what.payload.view();
  made.source.owner = std::make_shared<const std::string>(m.body);
  return made;
}

using item = std::shared_ptr<waiting>;

task_key key_of(const item& i) { return {i->what.id, i->what.tenant}; }

class batch_part : public part {
 public:
  batch_part() {
    for (std::uint64_t number = 0; number < batch_size; ++number)
      items_.push_back(std::make_shared<waiting>(make_waiting(number)));
  }

  void run() override {
    gathering_.add(std::move(items_));
    auto taken = gathering_.take();
    if (!taken || taken->size() != batch_size) throw std::runtime_error("the batch is not whole");
    items_ = std::move(*taken);
    gathering_.done();
  }
  std::size_t tasks() const override { return batch_size; }

 private:
  std::vector<item> items_;
  flow::group_commit<item, task_key, task_key_hash> gathering_{
      {.max_items = batch_size}, key_of, [](const item& i) { return i->what.payload.size() + 512; }};
};

}  // namespace

std::unique_ptr<part> batch() { return std::make_unique<batch_part>(); }

}  // namespace millrace::bench
