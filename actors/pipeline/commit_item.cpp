#include "actors/pipeline/commit_item.hpp"

namespace millrace {

const decoded_delivery* delivery_in(const commit_item& item) noexcept {
  auto* found = std::get_if<std::shared_ptr<decoded_delivery>>(&item);
  return found ? found->get() : nullptr;
}

const effect_ended* effect_in(const commit_item& item) noexcept {
  auto* found = std::get_if<std::shared_ptr<effect_ended>>(&item);
  return found ? found->get() : nullptr;
}

const task& task_of(const commit_item& item) noexcept {
  auto* d = delivery_in(item);
  return d ? d->what : effect_in(item)->what;
}

}  // namespace millrace
