#pragma once

#include "runtime/task/traceparent.hpp"
#include "runtime/task/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::tracing {

/// Decides whether a task is traced, and in which trace. With a traceparent, its `sampled` flag decides. Without one, the
/// given percentage of all task ids is traced, in a trace derived from tenant and id, so that all nodes and attempts decide
/// alike. `parent` is all zero if there is none.
std::optional<trace_context> trace_of(std::string_view traceparent, std::string_view tenant, const uuid& id,
                                      std::uint32_t percent);

/// The id of one of a task's spans. Derived from the task, so that a span can be the parent of one that was created before
/// it or on another node. `step` distinguishes the spans of one generation.
span_id span_of(std::string_view tenant, const uuid& id, std::uint32_t generation, std::string_view step);
/// The id of the `process` span: from the delivery of a generation to the commit of its outcome.
inline span_id process_span(std::string_view tenant, const uuid& id, std::uint32_t generation) {
  return span_of(tenant, id, generation, "process");
}

/// A random id.
span_id new_span_id();

}  // namespace millrace::tracing
