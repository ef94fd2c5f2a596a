#pragma once

#include <atomic>
#include <cstdint>

/// Records fatal signals before they end the process.
namespace millrace::crash {

/// From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT are written to `where` before they take their previous effect
/// (termination, with a core dump if the system writes them). One target per process: a later call replaces it.
void note_fatal_signals(std::atomic<std::int32_t>* where);
/// Stops writing to `where`.
void forget_fatal_signals(const std::atomic<std::int32_t>* where) noexcept;

/// Gives the calling thread an alternate signal stack, once, so that an overflow of its stack can be recorded.
void have_alternate_stack();

}  // namespace millrace::crash
