#include "tests/chaos/proxy/postgres_conversation.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace millrace::test {
namespace {

constexpr std::size_t kept = 192;  // bytes of a message: names of up to 63 bytes, and the first word of a query
constexpr std::size_t most_names = 1'000;
constexpr unsigned ssl_request = 80877103, gss_request = 80877104;

unsigned number(std::string_view four_bytes) {
  unsigned value = 0;
  for (char c : four_bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// Removes the text up to the next zero byte and returns it.
std::string_view take_text(std::string_view& body) {
  auto end = std::min(body.find('\0'), body.size());
  auto text = body.substr(0, end);
  body.remove_prefix(std::min(end + 1, body.size()));
  return text;
}

bool is_commit(std::string_view query) {
  constexpr std::string_view word = "commit";
  query.remove_prefix(std::min(query.find_first_not_of(" \t\r\n"), query.size()));
  return query.size() >= word.size() &&
         std::equal(word.begin(), word.end(), query.begin(), [](char a, char b) { return a == std::tolower(b); }) &&
         (query.size() == word.size() || !std::isalnum(static_cast<unsigned char>(query[word.size()])));
}

void note(std::set<std::string>& names, std::string_view name, bool commit) {
  if (!commit) {
    names.erase(std::string{name});
    return;
  }
  if (names.size() >= most_names) throw std::runtime_error("fault proxy: too many prepared COMMITs");
  names.emplace(name);
}

}  // namespace

char postgres_conversation::next_head(reader& r, std::string_view bytes, std::size_t& taken) {
  auto skipped = std::min(r.left, bytes.size());
  r.left -= skipped;
  taken += skipped;
  bytes.remove_prefix(skipped);
  const std::size_t fixed = r.typed ? 5 : 4;
  auto wanted = [&]() -> std::size_t {
    if (r.head.size() < fixed) return fixed;
    return std::min<std::size_t>(number(std::string_view{r.head}.substr(fixed - 4)) + fixed - 4, kept);
  };
  while (r.head.size() < wanted() && !bytes.empty()) {
    auto part = std::min(wanted() - r.head.size(), bytes.size());
    r.head.append(bytes.substr(0, part));
    bytes.remove_prefix(part);
    taken += part;
  }
  if (r.head.size() < wanted()) return 0;
  r.left = number(std::string_view{r.head}.substr(fixed - 4)) + fixed - 4 - r.head.size();
  return r.typed ? r.head[0] : '\1';
}

passage postgres_conversation::pass(direction where, std::string_view read) {
  std::size_t taken = 0;
  if (where == direction::to_client && one_byte_expected_ && !read.empty()) {
    one_byte_expected_ = false;
    encrypted_ = read[0] != 'N';
    taken = 1;
  }
  if (encrypted_) return {std::string{read}, false};
  auto& r = where == direction::to_server ? client_ : server_;
  while (taken < read.size()) {
    auto began = taken;
    char type = next_head(r, read.substr(taken), taken);
    if (type == 0) continue;
    auto body = std::string_view{r.head}.substr(r.typed ? 5 : 4);
    if (where == direction::to_server)
      r.typed ? client_message(type, body) : first_message(body);
    else if (type == 'C' && losing_ && body.starts_with("COMMIT"))
      return {std::string{read.substr(0, began)}, true};
    r.head.clear();
  }
  return {std::string{read}, false};
}

/// Handles a request for encryption (its reply is one byte, and another first message follows) or the start-up message.
void postgres_conversation::first_message(std::string_view body) {
  auto code = number(body);
  one_byte_expected_ = code == ssl_request || code == gss_request;
  client_.typed = !one_byte_expected_;
}

void postgres_conversation::client_message(char type, std::string_view body) {
  bool commits = false;
  if (type == 'Q') commits = is_commit(body);
  if (type == 'P') {
    auto name = take_text(body);
    note(statements_, name, is_commit(body));
  }
  if (type == 'B') {
    auto portal = take_text(body);
    note(portals_, portal, statements_.contains(std::string{take_text(body)}));
  }
  if (type == 'E') commits = portals_.contains(std::string{take_text(body)});
  if (commits && triggers_.lost_commit_reply.happened()) losing_ = true;
}

}  // namespace millrace::test
