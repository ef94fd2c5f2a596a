#pragma once

#include "runtime/supervision/event_loop.hpp"

#include <memory>

namespace millrace::supervision {

/// Destroys an object on the thread of `loop` and waits for it.
struct destroy_on_loop {
  event_loop* loop = nullptr;
  template <class Object>
  void operator()(Object* object) const {
    loop->run_and_wait([object] { delete object; });
  }
};

/// Owns an object that must be created and destroyed on a loop's thread. The loop must outlive it.
template <class Object>
using on_loop = std::unique_ptr<Object, destroy_on_loop>;

/// Calls `make`, which returns a std::unique_ptr and must not throw, on the loop's thread and waits for it.
template <class Make>
auto make_on_loop(event_loop& loop, const Make& make) {
  decltype(make()) made;
  loop.run_and_wait([&] { made = make(); });
  return on_loop<typename decltype(made)::element_type>{made.release(), destroy_on_loop{&loop}};
}

}  // namespace millrace::supervision
