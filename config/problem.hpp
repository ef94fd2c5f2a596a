#pragma once

#include <string>
#include <vector>

namespace millrace::config {

enum class severity { error, warning };

/// An error or warning about the configuration, with its place and a fix. Never contains the value of a secret.
struct problem {
  severity level = severity::error;
  std::string source;  ///< the file or other origin of the value; empty: a built-in default
  int line = 0;        ///< from 1; 0: not in a file
  std::string message;
};

/// One line: `config/production.yaml:12: error: amqp.heartbeat: …`.
std::string describe(const problem& p);

/// Sorts by source, then by line.
void sort(std::vector<problem>& problems);

/// Untrusted text in single quotes, with control characters replaced and long text truncated.
std::string in_quotes(const std::string& text);

}  // namespace millrace::config
