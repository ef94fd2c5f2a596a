#include "runtime/program/heap_limits.hpp"

#include <malloc.h>

namespace millrace::program {

void set_heap_limits() noexcept {
  // Blocks of this size or more are mapped and unmapped one by one. By default, glibc raises this threshold to the largest
  // block ever freed and then keeps large bodies in the arena of each thread: 220 MB instead of 130 MB with 16 MiB bodies.
  mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
  // Free memory at the end of an arena that is kept. With glibc's 128 KiB, the few MB of each batch are returned and faulted
  // in again by the next batch: a third of the node's CPU time on machines with expensive page faults.
  mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
}

}  // namespace millrace::program
