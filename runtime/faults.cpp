#include "runtime/faults.hpp"

#include <csignal>

namespace millrace::faults {
namespace {
std::atomic<std::uint32_t> hits_left{0};
}

void arm(crash_point point, std::uint32_t nth) noexcept {
  hits_left = nth;
  detail::armed = point;
}

void arm(defect broken) noexcept { detail::broken = broken; }
void arm_redelivery(double share) noexcept { detail::redelivered = share; }

// SIGKILL, as nothing may run after it: no destructor, no flush, as if the machine had been switched off.
void detail::count_hit() noexcept {
  if (hits_left.fetch_sub(1) == 1) std::raise(SIGKILL);
}

}  // namespace millrace::faults
