#pragma once

#include <string>

/// Compares with a file of the source tree; with MILLRACE_UPDATE_DOCS set, writes it first.
void check_golden(const std::string& file, const std::string& actual);
