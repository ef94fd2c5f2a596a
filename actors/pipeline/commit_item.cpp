#include "actors/pipeline/commit_item.hpp"

namespace millrace {

const inbound* delivery_in(const commit_item& item) noexcept {
  auto* held = std::get_if<std::shared_ptr<inbound>>(&item);
  return held ? held->get() : nullptr;
}

const effect_ended* effect_in(const commit_item& item) noexcept {
  auto* held = std::get_if<std::shared_ptr<effect_ended>>(&item);
  return held ? held->get() : nullptr;
}

const task& task_of(const commit_item& item) noexcept {
  auto* d = delivery_in(item);
  return d ? d->what : effect_in(item)->what;
}

}  // namespace millrace
