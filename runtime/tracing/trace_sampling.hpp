#pragma once

#include "runtime/task/traceparent.hpp"
#include "runtime/task/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// Decides whether a task is traced, and where. With a traceparent its `sampled` flag decides. Without one, so many percent
/// of all task ids are, in a trace whose id follows from tenant and id: all nodes decide alike, at every attempt. `parent`
/// is all zero where there is none.
std::optional<trace_context> trace_of(std::string_view traceparent, std::string_view tenant, const uuid& id,
                                      std::uint32_t percent);

/// The id of one of a task's spans, which follows from what everyone knows who handles the task: so that one may be the
/// parent of another that is made before it, or on another node. `step` tells apart those of one generation.
span_id span_of(std::string_view tenant, const uuid& id, std::uint32_t generation, std::string_view step);
/// That of `process`: from the delivery of a generation to the commit of what became of it.
inline span_id process_span(std::string_view tenant, const uuid& id, std::uint32_t generation) {
  return span_of(tenant, id, generation, "process");
}

/// A random id.
span_id new_span_id();

}  // namespace millrace
