#include "runtime/program/cli/database_session.hpp"

#include "actors/node/connector_options.hpp"

namespace millrace::cli {

void run_in_database(const config::settings& s, const std::string& command, const std::function<void(unit_of_work&)>& work) {
  postgres::session session{actors::task_session(s, "millrace " + command.substr(0, command.find(' ')))};
  if (auto ran = session.run(work); !ran) throw failure(failed, command + ": " + ran.error().message);
}

}  // namespace millrace::cli
