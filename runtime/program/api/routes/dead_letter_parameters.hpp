#pragma once

#include "actors/operations/replay.hpp"
#include "connectors/postgres/dead_letter/dead_letter_query.hpp"
#include "runtime/program/api/route.hpp"

/// What the operations on dead letters share.
namespace millrace::api {

/// The parameters that narrow the letters down, in a query or a body.
std::vector<parameter> dead_letter_filter_parameters(location in);
/// The filter they make, bound to the caller's tenant.
postgres::dead_letter_filter dead_letter_filter(const call& c);
/// Whether anything narrows the letters down.
bool narrows(const arguments& args);

nlohmann::ordered_json to_json(const postgres::dead_letter_record& letter);

/// The letter that the request names. Throws `problem`: not_found unless the caller may see it.
postgres::dead_letter_record named_dead_letter(unit_of_work& work, const call& c);

answer replay_dead_letters(call& c);
answer discard_dead_letters(call& c);
answer replay_dead_letter(call& c);

}  // namespace millrace::api
