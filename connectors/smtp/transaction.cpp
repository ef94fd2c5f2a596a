#include "connectors/smtp/transaction.hpp"

#include <cstddef>
#include <optional>

namespace millrace::smtp {
namespace {

constexpr std::string_view end_of_mail = ".\r\n";

/// MAIL, one RCPT per recipient, DATA. Addresses have been checked, so they cannot end a command.
std::vector<std::string> commands_of(const envelope& e, const relay_connection& relay, std::size_t bytes) {
  std::vector<std::string> commands;
  commands.push_back("MAIL FROM:<" + e.sender + ">" + (relay.size() ? " SIZE=" + std::to_string(bytes) : "") + "\r\n");
  for (const auto& to : e.recipients) commands.push_back("RCPT TO:<" + to + ">\r\n");
  commands.emplace_back("DATA\r\n");
  return commands;
}

/// The failure for an unexpected reply. 530 concerns the client's login and not the message, so it is temporary.
failure refusal(const reply& r) {
  const bool error = r.code >= 400;
  return {r.code >= 500 && r.code != 530, error ? r.code : 0, error ? r.text : "unexpected reply: " + r.text};
}

/// Nothing if the server waits for the mail. With pipelining, all replies are read and the first refusal is returned. The
/// mail is not sent then, even if the server waits for it, because it would go to the accepted recipients.
tl::expected<void, failure> announce(relay_connection& relay, const std::vector<std::string>& commands) {
  std::string together;
  for (const auto& command : commands) together += command;
  std::optional<failure> refused;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (i == 0 || !relay.pipelining())
      if (auto sent = relay.send(relay.pipelining() ? together : commands[i]); !sent) return sent;
    const auto answer = relay.receive();
    if (!answer) return tl::unexpected(refused.value_or(answer.error()));
    const bool last = i + 1 == commands.size();
    const bool taken = last ? answer->code == 354 : answer->code / 100 == 2;
    if (!taken && !refused) refused = refusal(*answer);
    if (refused && !relay.pipelining()) break;
  }
  if (refused) return tl::unexpected(*std::move(refused));
  return {};
}

}  // namespace

tl::expected<receipt, failure> transact(relay_connection& relay, const envelope& e, std::string content) {
  if (auto announced = announce(relay, commands_of(e, relay, content.size())); !announced)
    return tl::unexpected(std::move(announced).error());
  content += end_of_mail;
  if (auto sent = relay.send(content); !sent) return tl::unexpected(std::move(sent).error());
  const auto answer = relay.receive();
  if (!answer) return tl::unexpected(answer.error());
  if (answer->code / 100 != 2) return tl::unexpected(refusal(*answer));
  return receipt{answer->text};
}

}  // namespace millrace::smtp
