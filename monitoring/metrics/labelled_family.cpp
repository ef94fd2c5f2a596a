#include "monitoring/metrics/labelled_family.hpp"

#include "config/text/utf8.hpp"

namespace millrace::monitoring {

bool is_label_value(std::string_view text) { return text.size() <= 128 && text::is_printable(text); }

}  // namespace millrace::monitoring
