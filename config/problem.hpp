#pragma once

#include <string>
#include <vector>

namespace millrace::config {

enum class severity { error, warning };

/// Something wrong with the configuration, said so that the reader knows where to look and what to write instead.
/// Never holds the value of a secret.
struct problem {
  severity level = severity::error;
  std::string source;  ///< the file, or what else set the value; empty: nothing did, it is a built-in default
  int line = 0;        ///< from 1; 0: not in a file
  std::string message;
};

/// One line: `config/production.yaml:12: error: amqp.heartbeat: …`.
std::string describe(const problem& p);

/// Errors and warnings as they are reported: by source, then by line.
void sort(std::vector<problem>& problems);

/// Text from outside, in single quotes: control characters replaced, cut when long.
std::string in_quotes(const std::string& text);

}  // namespace millrace::config
