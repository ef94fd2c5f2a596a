#pragma once

#include "runtime/task/envelope.hpp"
#include "runtime/task/uuid.hpp"

#include <cstddef>
#include <string_view>

namespace millrace {

inline constexpr std::size_t max_id_bytes = 128;
inline constexpr std::size_t max_tenant_bytes = 64;

/// 1 to 64 characters of [A-Za-z0-9._-].
bool is_tenant(std::string_view text) noexcept;
/// The id of a task whose producer gave it a text that is no UUID; other tenants' same texts give other ids.
uuid id_of_text(std::string_view tenant, std::string_view text);
/// The id of a message that cannot be executed and has no usable id of its own. What the broker changes between two
/// deliveries (it adds headers) does not count, so that both are the same task.
uuid id_of_broken(const incoming& in);

}  // namespace millrace
