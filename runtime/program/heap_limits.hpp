#pragma once

namespace millrace::program {

/// Sets when glibc's malloc returns memory to the system. Call it first, before any thread starts.
void set_heap_limits() noexcept;

}  // namespace millrace::program
