#pragma once

#include <cstdint>

namespace millrace::postgres {

/// The keys of our advisory locks, except those that hash a name. All versions of the program must use the same ones, and no
/// two locks the same.
enum class advisory_lock : std::int64_t {
  migration = 7021438562910,
  scheduler_lead = 7021438562911,  ///< held by a session, as long as it leads
  audit_seal = 7021438562912,
  ordered_outbox = 7021438562913,  ///< held while rows of ordered queues are taken
};

constexpr std::int64_t key_of(advisory_lock l) noexcept { return static_cast<std::int64_t>(l); }

}  // namespace millrace::postgres
