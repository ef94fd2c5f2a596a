#include "config/options.hpp"
#include "config/print.hpp"
#include "tests/unit/config/files.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

using namespace millrace::config;

namespace {

const std::string root = MILLRACE_SOURCE_DIR;

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

loaded shipped(const std::string& name, const variables& environment) {
  auto result = load({.file = root + "/config/" + name + ".yaml", .environment = environment});
  std::string wrong;
  if (!result)
    for (const problem& p : result.error()) wrong += describe(p) + "\n";
  BOOST_REQUIRE_MESSAGE(result, wrong);
  for (const problem& p : result->warnings) BOOST_ERROR(describe(p));
  BOOST_TEST(result->values.environment == name);
  return std::move(*result);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(documents)

BOOST_AUTO_TEST_CASE(the_configuration_page_is_generated_from_the_option_table) {
  const std::string page = root + "/docs/configuration.md";
  if (std::getenv("MILLRACE_UPDATE_DOCS")) std::ofstream(page, std::ios::binary) << configuration_markdown();
  BOOST_TEST(content(page) == configuration_markdown(),
             "docs/configuration.md is out of date: regenerate it with `millrace config docs` or MILLRACE_UPDATE_DOCS=1");
}

BOOST_AUTO_TEST_CASE(every_option_has_a_unique_name_a_sentence_and_a_default_in_range) {
  std::set<std::string> names, variables_seen;
  for (const option& o : options()) {
    BOOST_TEST(names.insert(o.name).second, o.name);
    BOOST_TEST(o.doc.ends_with('.'), o.name);
    for (const auto& v : o.variables()) BOOST_TEST(variables_seen.insert(v).second, v);
    settings defaults;
    const place at = o.at(defaults, "");
    if (is_secret(at) || !o.per().empty()) continue;
    auto* const* list = std::get_if<std::vector<std::string>*>(&at);
    BOOST_TEST(!assign(at, o.allowed, list ? **list : std::vector{show(at)}).has_value(), o.name);
  }
}

BOOST_AUTO_TEST_CASE(no_two_options_share_a_member) {
  settings s;
  std::set<const void*> members;
  for (const option& o : options())
    std::visit([&](auto* at) { BOOST_TEST(members.insert(at).second, o.name); }, o.at(s, "a.type"));
}

BOOST_AUTO_TEST_CASE(the_development_and_testing_files_need_nothing) {
  shipped("development", {});
  shipped("testing", {});
}

BOOST_AUTO_TEST_CASE(the_staging_and_production_files_read_their_secrets_from_outside) {
  const scratch_folder folder;
  folder.write("smtp_password", "hunter2\n");
  folder.write("webhook_signing_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
  const variables environment{{"MILLRACE_SECRETS", folder.path()},
                              {"MILLRACE_AMQP_URL", "amqps://millrace:p@broker-1/main,amqps://millrace:p@broker-2/main"},
                              {"MILLRACE_DATABASE_URL", "postgresql://millrace:p@db/millrace"},
                              {"MILLRACE_SMTP_URL", "smtp://mail:587"},
                              {"MILLRACE_SMTP_USERNAME", "millrace"},
                              {"MILLRACE_SMTP_FROM", "Example <no-reply@example.org>"}};
  for (const auto* name : {"staging", "production"}) {
    const auto l = shipped(name, environment);
    BOOST_TEST(l.values.amqp.urls.size() == 2U);
    BOOST_TEST(l.values.smtp.password.reveal() == "hunter2");
  }
}

BOOST_AUTO_TEST_CASE(production_without_its_secrets_names_all_missing_ones) {
  const auto result = load({.file = root + "/config/production.yaml", .environment = {{"MILLRACE_SECRETS", "/nowhere"}}});
  BOOST_REQUIRE(!result);
  std::string all;
  for (const problem& p : result.error()) all += p.message + "\n";
  for (const auto* missing :
       {"MILLRACE_AMQP_URL is not set", "MILLRACE_DATABASE_URL is not set", "MILLRACE_SMTP_URL is not set",
        "'/nowhere/smtp_password'", "'/nowhere/webhook_signing_secret'"})
    BOOST_TEST(all.find(missing) != std::string::npos, missing << " in\n" << all);
}

BOOST_AUTO_TEST_SUITE_END()
