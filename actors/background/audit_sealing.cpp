#include "actors/background/audit_sealing.hpp"

#include "connectors/postgres/audit/audit_seal.hpp"

namespace millrace {

watched audit_sealing() {
  return {.look =
              [](unit_of_work& w) {
                postgres::seal_audit(w, postgres::most_sealed_at_once);
                return std::any{};
              },
          .act = [](const std::any&) {},
          .trouble = "the audit log cannot be sealed"};
}

watched audit_backlog(const node_ptr& shared) {
  return {.look = [](unit_of_work& w) { return std::any{postgres::count_unsealed_audit(w)}; },
          .act = [shared](const std::any& left) { shared->metrics.audit_unsealed(std::any_cast<std::size_t>(left)); },
          .trouble = "the audit log cannot be looked at"};
}

}  // namespace millrace
