#pragma once

#include "actors/node/messages.hpp"

#include <memory>
#include <variant>

namespace millrace {

/// What a committer commits: a delivery to be counted, or the end of an effect. Large, so it lies still and is pointed to.
using commit_item = std::variant<std::shared_ptr<decoded_delivery>, std::shared_ptr<effect_ended>>;
/// The delivery, or nullptr.
const decoded_delivery* delivery_in(const commit_item& item) noexcept;
/// The end of an effect, or nullptr.
const effect_ended* effect_in(const commit_item& item) noexcept;
const task& task_of(const commit_item& item) noexcept;

}  // namespace millrace
