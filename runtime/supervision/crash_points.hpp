#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Fault injection. Compiled into every build, so that the tested program is the shipped one, and inactive until `serve
/// --fault-injection` arms it. An unarmed point costs one relaxed load. Thread-safe.
namespace millrace::faults {

/// Points where the process can be killed: after each step of a task that changes state somewhere.
enum class crash_point : std::uint8_t {
  delivery_received,  ///< delivered by the broker, nothing written
  before_inbox,       ///< the transaction is open
  after_inbox,        ///< rows inserted and claimed, not committed
  before_commit,      ///< everything written, not committed
  after_commit,       ///< committed, not acknowledged
  after_ack,          ///< acknowledgements passed to the socket
  before_effect,      ///< the claim is committed, the effect not started
  after_effect,       ///< the remote side has answered, the outcome is not recorded
  outbox_taken,       ///< rows leased, not published
  outbox_published,   ///< published, not confirmed
  outbox_confirmed,   ///< confirmed, the rows not deleted yet
  outbox_removed,     ///< rows deleted
  none
};

inline constexpr std::array<std::pair<crash_point, std::string_view>, 12> crash_points{{
    {crash_point::delivery_received, "delivery_received"},
    {crash_point::before_inbox, "before_inbox"},
    {crash_point::after_inbox, "after_inbox"},
    {crash_point::before_commit, "before_commit"},
    {crash_point::after_commit, "after_commit"},
    {crash_point::after_ack, "after_ack"},
    {crash_point::before_effect, "before_effect"},
    {crash_point::after_effect, "after_effect"},
    {crash_point::outbox_taken, "outbox_taken"},
    {crash_point::outbox_published, "outbox_published"},
    {crash_point::outbox_confirmed, "outbox_confirmed"},
    {crash_point::outbox_removed, "outbox_removed"},
}};

/// Deliberate defects, to verify that `millrace verify` detects them.
enum class defect : std::uint8_t {
  none,
  ack_before_commit,  ///< deliveries are acknowledged on arrival
  no_dedupe,          ///< a completed task is executed again
  blind_relay,        ///< outbox rows are deleted before the broker confirms them
};

inline constexpr std::array<std::pair<defect, std::string_view>, 3> defects{{
    {defect::ack_before_commit, "ack_before_commit"},
    {defect::no_dedupe, "no_dedupe"},
    {defect::blind_relay, "blind_relay"},
}};

/// Finds a name in one of the tables above.
template <class Table>
std::optional<typename Table::value_type::first_type> find(const Table& table, std::string_view name) {
  for (const auto& [value, text] : table)
    if (text == name) return value;
  return std::nullopt;
}

/// Permits faults in this process, and registers the task types that only tests use. Call it before handlers are
/// registered.
void enable() noexcept;
/// Sends `signal`, SIGKILL or SIGSTOP, to this process when `point` is reached for the `nth` time (from 1).
void arm(crash_point point, std::uint32_t nth, int signal) noexcept;
/// Activates the defect.
void arm(defect broken) noexcept;
/// Raises SIGSEGV when a task whose payload contains `text` is about to be executed.
void arm_crash_on(std::string text);
/// Requeues this share of the deliveries (0 to 1) after their commit, instead of acknowledging them.
void arm_redelivery(double share) noexcept;

namespace detail {
inline std::atomic<bool> enabled{false};
inline std::atomic<crash_point> armed{crash_point::none};
inline std::atomic<defect> broken{defect::none};
inline std::atomic<double> redelivered{0};
inline std::atomic<bool> crashes_on_text{false};
void count_hit() noexcept;
void crash_if_in(std::string_view payload) noexcept;
}  // namespace detail

inline bool enabled() noexcept { return detail::enabled.load(std::memory_order_relaxed); }
inline void crash_at(crash_point here) noexcept {
  if (detail::armed.load(std::memory_order_relaxed) == here) detail::count_hit();
}
inline void crash_on(std::string_view payload) noexcept {
  if (detail::crashes_on_text.load(std::memory_order_relaxed)) detail::crash_if_in(payload);
}
/// Whether a delivery is requeued; `random` is uniform in [0, 1).
inline bool redelivers(double random) noexcept { return random < detail::redelivered.load(std::memory_order_relaxed); }
inline bool has(defect d) noexcept { return detail::broken.load(std::memory_order_relaxed) == d; }

}  // namespace millrace::faults
