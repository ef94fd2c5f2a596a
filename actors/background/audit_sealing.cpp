#include "actors/background/audit_sealing.hpp"

#include "connectors/postgres/audit/audit_seal.hpp"

namespace millrace {

periodic_query audit_sealing() {
  return {.query =
              [](unit_of_work& w) {
                postgres::seal_audit(w, postgres::most_sealed_at_once);
                return std::any{};
              },
          .on_result = [](const std::any&) {},
          .error_message = "the audit log cannot be sealed"};
}

periodic_query audit_gauges(const node_ptr& shared) {
  return {.query = [](unit_of_work& w) { return std::any{postgres::count_unsealed_audit(w)}; },
          .on_result = [shared](const std::any& left) { shared->metrics.audit_unsealed(std::any_cast<std::size_t>(left)); },
          .error_message = "the audit log cannot be looked at"};
}

}  // namespace millrace
