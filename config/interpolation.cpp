#include "config/interpolation.hpp"

#include "config/problem.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace millrace::config {

namespace {

bool is_name(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (char c : text)
    if (!allowed(c)) return false;
  return true;
}

/// The value of the text between `${` and `}`.
tl::expected<std::string, std::string> value_of(const std::string& inside, const variables& env) {
  const auto colon = inside.find(":-");
  const std::string name = inside.substr(0, colon);
  if (!is_name(name))
    return tl::unexpected<std::string>("${...} contains no variable name; write ${NAME} or ${NAME:-default}");
  const auto found = env.find(name);
  if (colon != std::string::npos)
    return found == env.end() || found->second.empty() ? inside.substr(colon + 2) : found->second;
  if (found == env.end()) return tl::unexpected<std::string>("environment variable " + name + " is not set");
  return found->second;
}

}  // namespace

tl::expected<std::string, std::string> interpolate(const std::string& text, const variables& env) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 3, "$${") == 0) {
      out += "${";
      at += 3;
    } else if (text.compare(at, 2, "${") == 0) {
      const auto end = text.find('}', at);
      if (end == std::string::npos) return tl::unexpected<std::string>("${ without }; write $${ for a literal ${");
      auto value = value_of(text.substr(at + 2, end - at - 2), env);
      if (!value) return value;
      out += *value;
      at = end + 1;
    } else {
      out += text[at++];
    }
  }
  return out;
}

tl::expected<std::string, std::string> read_file(const std::string& path, std::size_t most) {
  const std::string name = in_quotes(path);
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (!std::filesystem::exists(status)) return tl::unexpected<std::string>("cannot read " + name + ": " + failed.message());
  // A pipe or device could block the start forever.
  if (!std::filesystem::is_regular_file(status))
    return tl::unexpected<std::string>("cannot read " + name + ": not a regular file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return tl::unexpected<std::string>("cannot read " + name + ": " + std::strerror(errno));
  std::string content(most + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad()) return tl::unexpected<std::string>("cannot read " + name);
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (content.size() > most) return tl::unexpected(name + " is larger than " + std::to_string(most) + " bytes");
  return content;
}

tl::expected<std::string, std::string> read_secret(const std::string& text) {
  if (!text.starts_with("file:")) return text;
  std::string path = text.substr(5);
  if (path.starts_with("///")) path.erase(0, 2);  // file:///run/… is the same file as file:/run/…
  if (!path.starts_with("/"))
    return tl::unexpected<std::string>("file: needs an absolute path, for example file:/run/secrets/name");
  auto content = read_file(path, 64 * 1024);
  if (!content) return content;
  if (content->ends_with('\n')) content->pop_back();
  if (content->ends_with('\r')) content->pop_back();
  if (content->empty()) return tl::unexpected(in_quotes(path) + " is empty");
  return content;
}

}  // namespace millrace::config
