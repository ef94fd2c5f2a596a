#pragma once

#include <string>
#include <string_view>

/// Groups equal failures of many tasks. Pure functions.
namespace millrace::postgres {

/// The error without the parts that differ between tasks: quoted texts become `?`, addresses (URLs, mail, host names) `@`,
/// words with a digit in them and long hexadecimal ones `#`. Lower case, single spaces.
std::string normalised_error(std::string_view error);

/// 16 hexadecimal digits over the reason and the normalised error; must never change, as rows store it. Not
/// collision-resistant against an attacker.
std::string error_fingerprint(std::string_view reason, std::string_view error);

}  // namespace millrace::postgres
