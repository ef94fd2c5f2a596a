#include "connectors/postgres/cluster/seal_store.hpp"

namespace millrace::postgres {

std::string read_seal_key(unit_of_work& work) {
  static constexpr statement read{"seal_key", "select key from millrace.seal_key"};
  return pqxx::binarystring(work.exec(read)[0][0]).str();
}

}  // namespace millrace::postgres
