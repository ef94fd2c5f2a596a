#include "runtime/supervision/crash_points.hpp"

#include <csignal>
#include <utility>

namespace millrace::faults {
namespace {
std::atomic<std::uint32_t> hits_left{0};
std::atomic<int> sent_at_point{SIGKILL};
std::string fatal_text;  // written before `crashes_on_text`, and read only after it
}  // namespace

void arm(crash_point point, std::uint32_t nth, int signal) noexcept {
  hits_left = nth;
  sent_at_point = signal;
  detail::armed = point;
}

void enable() noexcept { detail::enabled = true; }
void arm(defect broken) noexcept { detail::broken = broken; }
void arm_redelivery(double share) noexcept { detail::redelivered = share; }

void arm_crash_on(std::string text) {
  fatal_text = std::move(text);
  detail::crashes_on_text = !fatal_text.empty();
}

void detail::crash_if_in(std::string_view payload) noexcept {
  if (payload.find(fatal_text) != payload.npos) std::raise(SIGSEGV);
}

// SIGKILL or SIGSTOP, because nothing may run afterwards: no destructor and no flush, as in a power failure. A stopped
// process still holds its claims, so that a test can read them before it sends SIGKILL.
void detail::count_hit() noexcept {
  if (hits_left.fetch_sub(1) == 1) std::raise(sent_at_point);
}

}  // namespace millrace::faults
