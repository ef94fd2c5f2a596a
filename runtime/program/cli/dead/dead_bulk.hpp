#pragma once

#include "actors/operations/replay.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/dead/dead.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::cli {

/// What replay and discard ask for alike.
struct bulk_options : dead_options, audit_options {
  bool dry_run = false;
  std::size_t limit = 0;   ///< 0: all
  std::uint32_t rate = 0;  ///< letters a second at most; 0: as fast as it goes
};
void add_bulk_options(CLI::App& c, bulk_options& o);

/// Settles the letters of these ids in one transaction. `first` is true until a letter has been settled.
using settle_batch =
    std::function<std::vector<settled_dead_letter>(unit_of_work&, const std::vector<std::string>& ids, bool first)>;

/// Walks through the matching letters, the oldest first, in batches bounded by number and bytes. Letters that die after its
/// start are left out, so that it ends though tasks die again at once. Prints what becomes of them; `word` is what a settled
/// one is called. Whatever stops it, the batches so far stand, and the same command goes on with the rest. Throws `failure`
/// (1) if letters were refused, and (2) if nothing narrows the letters down.
void run_bulk(const bulk_options& o, dead_letter_session& desk, const std::string& word, const settle_batch& settle);

/// The actor, the reason and a new run, checked.
postgres::settlement settlement_of(const bulk_options& o);
/// What was asked for, as JSON text for the audit log.
std::string command_text(const bulk_options& o);

}  // namespace millrace::cli
