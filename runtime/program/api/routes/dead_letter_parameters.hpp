#pragma once

#include "actors/operations/replay.hpp"
#include "connectors/postgres/dead_letter/dead_letter_query.hpp"
#include "runtime/program/api/route.hpp"

/// Shared by the operations on dead letters.
namespace millrace::api {

/// The filter parameters, in a query or a body.
std::vector<parameter> dead_letter_filter_parameters(location in);
/// The filter of a request, restricted to the caller's tenant.
postgres::dead_letter_filter dead_letter_filter(const call& c);
/// Whether the request has a filter.
bool has_filter(const arguments& args);

nlohmann::ordered_json to_json(const postgres::dead_letter_record& dead_letter);

/// The dead letter named by the request. Throws `problem`: not_found if the caller may not see it.
postgres::dead_letter_record named_dead_letter(unit_of_work& work, const call& c);

answer replay_dead_letters(call& c);
answer discard_dead_letters(call& c);
answer replay_dead_letter(call& c);

}  // namespace millrace::api
