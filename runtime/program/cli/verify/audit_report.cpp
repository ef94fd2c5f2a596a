#include "runtime/program/cli/verify/audit_report.hpp"

#include "config/text/encoding.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdint>

namespace millrace::cli {
namespace {

using postgres::audit_breach;
using postgres::audit_breach_kind;
using postgres::audit_link;

std::string row(const audit_breach& b) { return "row " + std::to_string(b.audit_id); }
std::string seal(const audit_breach& b) { return "seal " + std::to_string(b.number); }

}  // namespace

std::optional<audit_link> parse_audit_head(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return {};
  std::int64_t number = 0;
  const auto* const end = text.data() + colon;
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stopped != end || number < 0) return {};
  auto hash = text::from_hex(std::string_view{text}.substr(colon + 1));
  if (!hash || hash->size() != postgres::audit_hash_bytes) return {};
  return audit_link{number, std::move(*hash)};
}

std::string text_of(const audit_link& head) { return std::to_string(head.number) + ":" + text::to_hex(head.hash); }

std::string explain(const audit_breach& b) {
  switch (b.kind) {
    case audit_breach_kind::altered:
      return row(b) + " was changed after it was sealed, or " + seal(b) + " was changed";
    case audit_breach_kind::row_missing:
      return row(b) + " was sealed (" + seal(b) + ") and has been deleted";
    case audit_breach_kind::seal_missing:
      return seal(b) + " has been deleted: it is missing, but later seals exist";
    case audit_breach_kind::inserted:
      return row(b) + " is not sealed, but later rows are: it was inserted afterwards with an earlier transaction number";
    case audit_breach_kind::unsealed:
      return row(b) +
             " is more than a minute old and not sealed: no node is running, or sealing is behind "
             "(metric millrace_audit_unsealed_rows)";
    case audit_breach_kind::other_server:
      return row(b) +
             " cannot be sealed: the log was copied from another server with higher transaction numbers; "
             "docs/guides/audit.md explains how to proceed";
    case audit_breach_kind::cut:
      return "the chain ends before " + seal(b) + ", the expected head: it was truncated, or the database is an older copy";
    case audit_breach_kind::rewritten:
      return seal(b) + " differs from the expected head: the chain was rewritten";
  }
  return "unknown";
}

std::string text_of(const audit_report& r) {
  const auto rows = "rows checked  " + std::to_string(r.last.number) + "\n";
  if (!r.breach) return rows + "head          " + text_of(r.last) + "\nverdict       intact\n";
  return rows + "valid up to   " + text_of(r.last) + "\nverdict       NOT INTACT: " + postgres::to_string(r.breach->kind) +
         "\n";
}

std::string json_of(const audit_report& r) {
  nlohmann::ordered_json out{{"intact", !r.breach},
                             {"rows", r.last.number},
                             {"head", nullptr},
                             {"holds_until", text_of(r.last)},
                             {"breach", nullptr}};
  if (!r.breach) out["head"] = text_of(r.last);
  if (r.breach)
    out["breach"] = {{"kind", postgres::to_string(r.breach->kind)},
                     {"number", r.breach->number},
                     {"audit_id", r.breach->audit_id},
                     {"meaning", explain(*r.breach)}};
  return out.dump() + "\n";
}

}  // namespace millrace::cli
