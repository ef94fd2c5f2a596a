#include "connectors/smtp/session.hpp"

#include "connectors/smtp/address.hpp"
#include "connectors/smtp/message_check.hpp"
#include "connectors/smtp/mime_message.hpp"
#include "connectors/smtp/transaction.hpp"
#include "connectors/smtp/transfer_encoding.hpp"

namespace millrace::smtp {
namespace {

/// Of a checked message.
envelope envelope_of(const message& m, const std::string& from) {
  envelope e{parse_address(from)->address, {}};
  for (const auto* addresses : {&m.to, &m.cc, &m.bcc})
    for (const auto& text : *addresses) e.recipients.push_back(parse_address(text)->address);
  return e;
}

}  // namespace

tl::expected<receipt, failure> session::submit(const message& m) {
  const std::string& from = m.from.empty() ? options_.from : m.from;
  if (auto problem = check_message(m, from, options_.max_message_bytes))
    return tl::unexpected(failure{true, 0, *std::move(problem)});
  auto content = dot_stuffed(mime_message(m, from, std::chrono::system_clock::now()));
  if (auto connected = connect(); !connected) {
    connection_.reset();
    return tl::unexpected(std::move(connected).error());
  }
  auto outcome = transact(*connection_, envelope_of(m, from), std::move(content));
  if (!outcome) connection_.reset();  // the server may be in the middle of a transaction
  return outcome;
}

/// The open connection, or a new one, with the timeout of a submission restarted.
tl::expected<void, failure> session::connect() {
  if (connection_ && !connection_->is_fresh()) connection_.reset();
  const bool fresh = !connection_;
  if (fresh) connection_.emplace(options_, sockets_);
  connection_->start_clock();
  return fresh ? connection_->connect() : tl::expected<void, failure>{};
}

}  // namespace millrace::smtp
