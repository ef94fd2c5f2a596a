#pragma once

#include "actors/node/node.hpp"
#include "runtime/program/cli/stop_signals.hpp"

namespace millrace::command {

/// Gives the node its crash record, and notes fatal signals in it. Throws `failure` (2) if `state_dir` does not serve.
void open_crash_record(node& shared);

/// Counts what died processes had in their hands, and learns who is a suspect. Waits for the database; false if a signal
/// came first.
bool count_dead_processes(node& shared, stop_signals& signals);

}  // namespace millrace::command
