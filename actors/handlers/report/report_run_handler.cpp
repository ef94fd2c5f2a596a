#include "actors/handlers/report/report_run_handler.hpp"

#include "actors/handlers/report/report_file.hpp"
#include "actors/handlers/report/report_query.hpp"
#include "runtime/task/effect_context.hpp"
#include "runtime/task/task_payload.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

namespace millrace::handlers {

namespace {

using namespace report;

/// What to query, and where to write the result.
struct order {
  std::filesystem::path folder;
  std::string name;
  std::string sql;
  std::vector<std::string> parameters;
};

/// One execution of the query into a file of its own, on one thread.
struct run {
  std::optional<report_file> file;
  std::uint64_t rows = 0;
  std::string file_problem;

  void query(unit_of_work& work, const order& wanted) {
    try {
      file.emplace(wanted.folder, wanted.name);
      rows = query_to_csv(work, wanted.sql, wanted.parameters, [this](std::string_view line) { file->write(line); });
    } catch (const std::system_error& error) {
      file_problem = error.what();  // not the database's fault, so the transaction may end either way
    }
  }

  outcome end() {
    if (!file_problem.empty()) return retry{{}, file_problem};
    try {
      file->publish();
    } catch (const std::system_error& error) {
      return retry{{}, error.what()};
    }
    const nlohmann::json result{
        {"path", file->path().string()}, {"rows", rows}, {"bytes", file->bytes()}, {"sha256", file->sha256()}};
    return succeeded{result.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)};
  }
};

outcome failed(const postgres::failure& why) {
  if (why.kind == postgres::failure_class::pause && why.sqlstate.empty())
    return snooze{std::chrono::seconds{1}};  // the query never ran, so it is not at fault
  const auto text = "the database failed: " + why.sqlstate + " " + why.message;
  const bool definition_at_fault = why.kind == postgres::failure_class::stop || why.kind == postgres::failure_class::isolate;
  const bool too_slow = why.sqlstate == postgres::query_canceled;  // may succeed later
  if (definition_at_fault && !too_slow && !why.sqlstate.empty()) return dead{dead_reason::rejected, text};
  return retry{{}, text};
}

/// If the pool is restarted, the query may run more than once, even concurrently. The last completed run counts; the files
/// of the others are removed.
class job {
 public:
  explicit job(order wanted) : wanted_(std::move(wanted)) {}

  void read(unit_of_work& work) {
    auto mine = std::make_shared<run>();
    mine->query(work, wanted_);
    const std::lock_guard lock{mutex_};
    finished_ = std::move(mine);
  }

  outcome end(const tl::expected<void, postgres::failure>& read) {
    std::shared_ptr<run> last;
    {
      const std::lock_guard lock{mutex_};
      last = std::exchange(finished_, nullptr);
    }
    if (last && (read || !last->file_problem.empty())) return last->end();
    return failed(read ? postgres::failure{postgres::failure_class::pause, "", "nothing was read"} : read.error());
  }

 private:
  const order wanted_;
  std::mutex mutex_;
  std::shared_ptr<run> finished_;
};

// Ids are unique within a tenant, so the name contains the tenant unless it is the default one.
std::string file_name(const std::string& name, const task& t) {
  return name + "-" + (t.tenant == "default" ? "" : t.tenant + "-") + to_string(t.id) + ".csv";
}

struct request {
  std::string name;
  std::vector<std::string> parameters;
};

tl::expected<request, std::string> read_request(const task& t, const catalogue& reports) {
  const auto payload = parse_payload(t);
  if (!payload) return tl::unexpected(payload.error());
  payload_reader fields(*payload);
  request wanted{.name = fields.text("report", 1, 64), .parameters = {}};
  const auto* given = fields.member("parameters");
  if (auto problem = fields.finish()) return tl::unexpected(*std::move(problem));
  const auto found = reports.find(wanted.name);
  if (found == reports.end()) return tl::unexpected(std::string("field 'report': no such report in the catalogue"));
  auto values = bind_parameters(found->second.parameters, given, t.tenant);
  if (!values) return tl::unexpected(values.error());
  wanted.parameters = *std::move(values);
  return wanted;
}

}  // namespace

report_run_handler::report_run_handler(const std::filesystem::path& catalogue_dir, std::filesystem::path output_dir)
    : reports_(load_catalogue(catalogue_dir)), output_dir_(std::move(output_dir)) {}

void report_run_handler::execute(const task& t, effect_context& context, completion done) {
  auto wanted = read_request(t, reports_);
  if (!wanted) return done(dead{dead_reason::invalid_payload, wanted.error()});
  auto all = std::make_shared<job>(order{.folder = output_dir_,
                                         .name = file_name(wanted->name, t),
                                         .sql = reports_.find(wanted->name)->second.sql,
                                         .parameters = std::move(wanted->parameters)});
  context.read_database([all](unit_of_work& work) { all->read(work); },
                        [all, done](tl::expected<void, postgres::failure> read) { done(all->end(read)); });
}

}  // namespace millrace::handlers
