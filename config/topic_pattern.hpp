#pragma once

#include <string_view>

namespace millrace::config {

/// Whether a binding key of a topic exchange is valid: words of A-Z, a-z, 0-9, `_` and `-`, separated by dots, up to 255
/// bytes. The word `*` matches one word, `#` any number of words (AMQP 0-9-1, section 3.1.3.3).
bool is_topic_pattern(std::string_view pattern);

/// Whether some routing key matches both patterns. Both must be valid.
bool topic_patterns_overlap(std::string_view a, std::string_view b);

}  // namespace millrace::config
