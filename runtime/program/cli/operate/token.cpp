#include "config/text/utf8.hpp"
#include "connectors/postgres/audit/audit_store.hpp"
#include "runtime/program/api/auth/bearer.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/database_session.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/task/task_identity.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

using nlohmann::ordered_json;
using postgres::token_record;

struct token_options : audit_options {
  std::string id, name, role = "viewer", tenant;
  unsigned days = 90;
  bool json = false;
};

ordered_json to_json(const token_record& t) {
  auto text = [](const std::string& s) { return s.empty() ? ordered_json{} : ordered_json(s); };
  return {{"id", t.id},
          {"name", t.name},
          {"role", t.role},
          {"tenant", text(t.tenant)},
          {"created_at", t.created_at},
          {"created_by", t.created_by},
          {"expires_at", t.expires_at},
          {"revoked_at", text(t.revoked_at)},
          {"revoked_by", text(t.revoked_by)},
          {"valid", t.valid}};
}

void add_token_audit(unit_of_work& work, const token_options& o, const char* action, const std::string& id,
                     ordered_json detail) {
  detail["reason"] = o.why;
  postgres::add_audit(work, std::vector<postgres::audit_row>{{o.actor, action, o.tenant, "token:" + id, detail.dump()}});
}

void create(token_options o, const config::settings& s) {
  check_audit_options("token create", o);
  if (o.name.empty() || o.name.size() > 128 || !text::is_printable(o.name))
    throw failure(misused, "token create: --name must be one line of 1 to 128 bytes that names the holder");
  if (!o.tenant.empty() && !is_tenant(o.tenant))
    throw failure(misused, "token create: --tenant must have 1 to 64 characters of [A-Za-z0-9._-]");
  auto made = api::mint_token();
  made.kept.name = o.name;
  made.kept.role = o.role;
  made.kept.tenant = o.tenant;
  made.kept.created_by = o.actor;
  run_in_database(s, "token create", [&](unit_of_work& work) {
    postgres::add_token(work, made.kept, std::chrono::hours{24} * o.days);
    add_token_audit(work, o, "token.create", made.kept.id, {{"name", o.name}, {"role", o.role}, {"days", o.days}});
  });
  o.json ? print_line(ordered_json{{"id", made.kept.id}, {"token", made.token}}) : print_line(made.token);
  std::cerr << "The token is shown only once. It expires in " << o.days << " days.\n";
}

std::string token_state(const token_record& t) {
  if (t.valid) return "valid";
  return t.revoked_at.empty() ? "expired" : "revoked";
}

void list_tokens(const token_options& o, const config::settings& s) {
  std::vector<token_record> all;
  run_in_database(s, "token list", [&](unit_of_work& work) { all = postgres::list_tokens(work); });
  if (o.json) {
    auto out = ordered_json::array();
    for (auto& t : all) out.push_back(to_json(t));
    return print_indented(out);
  }
  list_printer table{{{"ID", terminal::room::whole},
                      {"ROLE", terminal::room::spare},
                      {"TENANT"},
                      {"EXPIRES", terminal::room::whole},
                      {"STATE", terminal::room::whole},
                      {"NAME"}},
                     "No tokens. `millrace token create` creates one."};
  for (auto& t : all)
    table.add({t.id, t.role, t.tenant.empty() ? "all" : t.tenant, t.expires_at, state_cell(token_state(t)), t.name});
  table.end();
}

void revoke(token_options o, const config::settings& s) {
  check_audit_options("token revoke", o);
  bool done = false;
  run_in_database(s, "token revoke", [&](unit_of_work& work) {
    done = postgres::revoke_token(work, o.id, o.actor);
    if (done) o.tenant = postgres::find_token(work, o.id)->tenant;
    if (done) add_token_audit(work, o, "token.revoke", o.id, ordered_json::object());
  });
  if (!done) throw failure(failed, "token revoke: no valid token '" + o.id + "'; `millrace token list` lists all tokens");
  if (o.json) return print_line(ordered_json{{"id", o.id}, {"revoked", true}});
  print_line(o.id + " is revoked");
}

void define_token(CLI::App& token, const common_options& common) {
  token.require_subcommand(1);
  token.footer(
      "Examples:\n"
      "  millrace token create --name 'ops on call' --role operator --days 30 --why 'rota of May'\n"
      "  millrace token list\n"
      "  millrace token revoke abcdefghijkl --why 'laptop lost'");
  auto o = std::make_shared<token_options>();
  auto* c = token.add_subcommand("create", "Create a token and print it (it cannot be shown again)");
  c->add_option("--name", o->name, "holder of the token, recorded in the audit log")->required();
  c->add_option("--role", o->role, "role: viewer, operator, auditor or admin")
      ->check(CLI::IsMember({"viewer", "operator", "auditor", "admin"}))
      ->capture_default_str();
  c->add_option("--tenant", o->tenant, "restrict the token to one tenant");
  c->add_option("--days", o->days, "days until the token expires")->check(CLI::Range(1u, 366u))->capture_default_str();
  c->add_flag("--json", o->json, "print a JSON object with id and token");
  add_audit_options(*c, *o);
  c->callback([o, &common] { create(*o, common.load().values); });
  auto* l = token.add_subcommand("list", "List all tokens (secrets are not stored)");
  l->add_flag("--json", o->json, "print a JSON array of objects");
  l->callback([o, &common] { list_tokens(*o, common.load().values); });
  auto* r = token.add_subcommand("revoke", "Revoke a token immediately");
  r->add_option("id", o->id, "token id, as shown by `millrace token list`")->required();
  r->add_flag("--json", o->json, "print a JSON object with id and revoked");
  add_audit_options(*r, *o);
  r->callback([o, &common] { revoke(*o, common.load().values); });
}

const command token_command{help_section::operations, "token", "Create, list and revoke bearer tokens of the operator API",
                            define_token};

}  // namespace

}  // namespace millrace::cli
