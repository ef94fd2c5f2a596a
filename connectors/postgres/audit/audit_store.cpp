#include "connectors/postgres/audit/audit_store.hpp"

namespace millrace::postgres {
namespace {

constexpr statement insert_audit{"audit_add",
                                 "insert into millrace.audit (actor, action, tenant, subject, detail)"
                                 " select u.actor, u.action, nullif(u.tenant, ''), u.subject, nullif(u.detail, '')"
                                 " from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])"
                                 " u(actor, action, tenant, subject, detail)"};

}  // namespace

void add_audit(unit_of_work& work, std::span<const audit_row> rows) {
  text_array actors, actions, tenants, subjects, details;
  for (auto& r : rows) {
    actors.add(r.actor);
    actions.add(r.action);
    tenants.add(r.tenant);
    subjects.add(r.subject);
    details.add(r.detail);
  }
  work.exec(insert_audit, actors.str(), actions.str(), tenants.str(), subjects.str(), details.str());
}

}  // namespace millrace::postgres
