#include "runtime/supervision/on_loop.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace millrace::supervision;

namespace {

struct thread_marks {
  std::thread::id created, destroyed;
};

class tracked {
 public:
  explicit tracked(thread_marks& marks) : marks_(marks) { marks_.created = std::this_thread::get_id(); }
  ~tracked() { marks_.destroyed = std::this_thread::get_id(); }
  tracked(const tracked&) = delete;
  tracked& operator=(const tracked&) = delete;

 private:
  thread_marks& marks_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(objects_on_a_loop)

BOOST_AUTO_TEST_CASE(an_object_is_created_and_destroyed_on_the_thread_of_the_loop) {
  event_loop loop;
  std::thread::id loop_thread;
  loop.run_and_wait([&] { loop_thread = std::this_thread::get_id(); });
  thread_marks marks;
  auto object = make_on_loop(loop, [&] { return std::make_unique<tracked>(marks); });
  BOOST_TEST((marks.created == loop_thread));
  BOOST_TEST((marks.destroyed == std::thread::id{}));
  object.reset();
  BOOST_TEST((marks.destroyed == loop_thread));
}

BOOST_AUTO_TEST_SUITE_END()
