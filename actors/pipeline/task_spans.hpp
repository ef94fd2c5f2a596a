#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/pipeline/batch_transaction.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace millrace {

/// What traces tell of tasks, for nodes that have a span_buffer. Spans of tasks that are not traced are not made; those for
/// which there is no room are counted and gone. Names and attributes follow OpenTelemetry's conventions for messaging and
/// databases. Errors of types that are to be redacted are left out, as they are of the log.

/// Of a batch that was committed just now, after `took`: `process` of each task that has ended or goes on later, and its
/// `commit`; `execute` of what its transaction has executed; `claim` of what the effect executor gets.
void trace_commit(node_context& shared, const std::string& queue, const std::vector<commit_item>& items,
                  const commit_result& result, std::chrono::nanoseconds took);

/// `execute` of an effect that ended just now.
void trace_execution(node_context& shared, const effect_ended& e);

/// The traceparent under which an effect talks to the other side: that of its `execute`. The task's own where it is not
/// traced.
std::string traceparent_of_effect(const node_context& shared, const task& t);

/// An outcome's error as traces and log may show it: "(redacted)" where those of the type stay out of both.
std::string shown_error(const node_context& shared, const task& t, const std::string& error);

/// For the log: the trace in which the task is, in hexadecimal; that of its traceparent even where it is not traced. Empty
/// where there is none. For nodes without a span_buffer, too.
std::string trace_id_of(const node_context& shared, const task& t);

/// Puts them into the node's buffer.
void hand_over(node_context& shared, std::vector<span> spans);

}  // namespace millrace
