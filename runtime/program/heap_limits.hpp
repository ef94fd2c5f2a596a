#pragma once

namespace millrace {

/// How the heap (glibc's malloc) gives memory back to the system. Call it first of all, before there are threads.
void set_heap_limits() noexcept;

}  // namespace millrace
