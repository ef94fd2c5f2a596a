#pragma once

#include "actors/node/node_context.hpp"
#include "runtime/program/cli/stop_signals.hpp"

namespace millrace::cli {

/// Gives the node its crash record, and notes fatal signals in it. Throws `failure` (2) if `state_dir` does not serve.
void open_crash_record(node_context& shared);

/// Counts what died processes had in their hands, and learns who is a suspect. Waits for the database; false if a signal
/// came first.
bool count_dead_processes(node_context& shared, stop_signals& signals);

}  // namespace millrace::cli
