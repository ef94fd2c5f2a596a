#pragma once

#include "tests/integration/end_to_end/scene.hpp"

namespace millrace::test {

/// Checks the guarantees for all confirmed tasks with `millrace verify`, and also that tasks without an id were executed,
/// that dead letters are complete, and that the queues are empty.
struct promise_options {
  /// False if the process was killed. An effect may then repeat if the process died between the acceptance by the remote
  /// side and the commit. Database effects never repeat.
  bool effects_exactly_once = true;
};
void check_promise(scene& s, promise_options options);

}  // namespace millrace::test
