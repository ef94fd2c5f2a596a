#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/pipeline/batch_transaction.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace millrace::actors {

/// Spans of tasks, for nodes with a span_buffer. Only traced tasks produce spans; spans that do not fit the buffer are
/// counted and dropped. Names and attributes follow OpenTelemetry's conventions for messaging and databases. Errors of
/// redacted types are omitted, as in the log.

/// Spans of a batch committed just now, whose transaction took `took`: `process` and `commit` of each task that ended or
/// continues later, `execute` of tasks executed in the transaction, `claim` of effects for the effect executor.
void trace_commit(node_context& shared, const std::string& queue, const std::vector<commit_item>& items,
                  const commit_result& result, std::chrono::nanoseconds took);

/// The `execute` span of an effect that ended just now.
void trace_execution(node_context& shared, const effect_ended& e);

/// The traceparent to pass to the remote side: that of the effect's `execute` span, or the task's own if it is not traced.
std::string traceparent_of_effect(const node_context& shared, const task& t);

/// An outcome's error as it may appear in traces and log: "(redacted)" for redacted types.
std::string shown_error(const node_context& shared, const task& t, const std::string& error);

/// The task's trace id in hexadecimal, for the log; from its traceparent even if it is not traced, and also on nodes without
/// a span_buffer. Empty if it has none.
std::string trace_id_of(const node_context& shared, const task& t);

/// Adds spans to the node's buffer.
void hand_over(node_context& shared, std::vector<tracing::span> spans);

}  // namespace millrace::actors
