#include "runtime/supervision/crash_points.hpp"

#include <csignal>
#include <utility>

namespace millrace::faults {
namespace {
std::atomic<std::uint32_t> hits_left{0};
std::string fatal_text;  // written before `crashes_on_text`, and read only after it
}  // namespace

void arm(crash_point point, std::uint32_t nth) noexcept {
  hits_left = nth;
  detail::armed = point;
}

void arm(defect broken) noexcept { detail::broken = broken; }
void arm_redelivery(double share) noexcept { detail::redelivered = share; }

void arm_crash_on(std::string text) {
  fatal_text = std::move(text);
  detail::crashes_on_text = !fatal_text.empty();
}

void detail::crash_if_in(std::string_view payload) noexcept {
  if (payload.find(fatal_text) != payload.npos) std::raise(SIGSEGV);
}

// SIGKILL, because nothing may run afterwards: no destructor and no flush, as in a power failure.
void detail::count_hit() noexcept {
  if (hits_left.fetch_sub(1) == 1) std::raise(SIGKILL);
}

}  // namespace millrace::faults
