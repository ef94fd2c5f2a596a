#include "runtime/program/heap_limits.hpp"

#include <malloc.h>

namespace millrace {

void set_heap_limits() noexcept {
  // Blocks from here on come from the system and go back to it. glibc would raise this bound to the largest block ever
  // freed, and then keep the room of large bodies in each thread's arena: 220 MB in place of 130 with bodies of 16 MiB.
  mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
  // What lies free at the end of an arena, before it goes back. With glibc's 128 KiB, the few MB of each batch went back
  // after it and came in page by page with the next: a third of the node's processor time where page faults are dear.
  mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
}

}  // namespace millrace
