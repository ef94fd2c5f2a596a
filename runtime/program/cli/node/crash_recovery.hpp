#pragma once

#include "actors/node/node_context.hpp"
#include "runtime/program/cli/stop_signals.hpp"

namespace millrace::cli {

/// Creates the node's crash record in `state_dir` and records fatal signals there. Throws `failure` (2) if `state_dir` is
/// not usable.
void open_crash_record(actors::node_context& shared);

/// Counts the tasks that crashed processes of this host were executing, then loads the quarantine. Waits for the database.
/// False if a stop signal arrived first.
bool count_dead_processes(actors::node_context& shared, stop_signals& signals);

}  // namespace millrace::cli
