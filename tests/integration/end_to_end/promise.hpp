#pragma once

#include "tests/integration/end_to_end/scene.hpp"

namespace millrace::test {

/// Checks the promise against everything that was confirmed, by `millrace verify` and beyond it: what came without an id was
/// done, dead letters are whole, the queues are empty.
struct promise_options {
  /// False where the process was killed: then an effect may repeat, if it died between the remote side's acceptance and
  /// our commit. Database effects never repeat.
  bool effects_exactly_once = true;
};
void check_promise(scene& s, promise_options options);

}  // namespace millrace::test
