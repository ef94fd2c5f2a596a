#include "actors/operations/queue_view.hpp"

#include <algorithm>

namespace millrace::operations {
namespace {

using nlohmann::ordered_json;
using postgres::queue_control;

template <class Value>
ordered_json known(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : ordered_json{};
}

}  // namespace

ordered_json to_json(const config::queue_settings& configured, const queue_control& set, const actors::queue_depth& holds) {
  ordered_json j{{"queue", configured.name},
                 {"ready", known(holds.ready)},
                 {"unacked", known(holds.unacked)},
                 {"consumers", known(holds.consumers)},
                 {"paused", set.paused},
                 {"concurrency", set.concurrency.value_or(configured.concurrency)},
                 {"configured_concurrency", configured.concurrency},
                 {"rate_limit", known(set.rate_limit)},
                 {"version", set.version},
                 {"changed_at", nullptr},
                 {"changed_by", nullptr},
                 {"reason", nullptr}};
  if (set.version > 0) j["changed_at"] = set.changed_at, j["changed_by"] = set.changed_by, j["reason"] = set.why;
  return j;
}

ordered_json to_json(const config::queues_settings& configured, const std::vector<queue_control>& set,
                     const actors::queue_depths& hold) {
  auto all = ordered_json::array();
  for (const auto* q : configured.all()) {
    const auto found = std::ranges::find(set, q->name, &queue_control::queue);
    const auto depth = hold.find(q->name);
    all.push_back(to_json(*q, found == set.end() ? queue_control{.queue = q->name} : *found,
                          depth == hold.end() ? actors::queue_depth{} : depth->second));
  }
  return all;
}

}  // namespace millrace::operations
