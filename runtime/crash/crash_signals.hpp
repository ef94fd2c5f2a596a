#pragma once

#include <atomic>
#include <cstdint>

/// Fatal signals, noted before they end the process.
namespace millrace {

/// From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT are written to `where` before they take the effect that they have
/// now (the end, with a core dump if the system wants one). Of one place in a process: a later call replaces it.
void note_fatal_signals(std::atomic<std::int32_t>* where);
/// Writes no more to `where`.
void forget_fatal_signals(const std::atomic<std::int32_t>* where) noexcept;

/// Gives the calling thread, once, a stack of its own for signals, so that the overflow of its stack can be noted too.
void have_alternate_stack();

}  // namespace millrace
