#include "runtime/program/heap_limits.hpp"

#include <boost/test/unit_test.hpp>

#include <malloc.h>
#include <memory>
#include <vector>

using namespace millrace;
using namespace millrace::program;

BOOST_AUTO_TEST_SUITE(heap_limits)

BOOST_AUTO_TEST_CASE(memory_freed_by_a_batch_is_kept_for_the_next) {
  set_heap_limits();
  std::vector<std::unique_ptr<char[]>> batch(8'000);
  for (auto& block : batch) block = std::make_unique<char[]>(1'000);
  const auto in_use = ::mallinfo2().arena;
  batch.clear();
  BOOST_TEST(::mallinfo2().arena >= in_use);
}

BOOST_AUTO_TEST_SUITE_END()
