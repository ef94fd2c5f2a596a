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
/// The id of a task whose producer sent an id that is not a UUID. The same text under another tenant yields another id.
uuid id_of_text(std::string_view tenant, std::string_view text);
/// The id of a message that cannot be executed and has no usable id. Excludes what the broker changes between two deliveries
/// (it adds headers), so that both yield the same id.
uuid id_of_broken(const incoming& in);

}  // namespace millrace
