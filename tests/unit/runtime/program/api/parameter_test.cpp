#include "runtime/program/api/parameter.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::api;
using nlohmann::json;

namespace {

const std::vector<parameter> parameters{
    {.name = "id", .in = location::path, .type = value_type::uuid, .description = "", .required = true},
    {.name = "limit", .in = location::query, .type = value_type::integer, .description = "", .max = 500},
    {.name = "text", .in = location::query, .type = value_type::text, .description = "", .max = 10},
    {.name = "all", .in = location::query, .type = value_type::boolean, .description = ""},
    {.name = "since", .in = location::query, .type = value_type::timestamp, .description = ""},
    {.name = "reason", .in = location::body, .type = value_type::text, .description = "", .required = true, .max = 20},
    {.name = "rate", .in = location::body, .type = value_type::number, .description = "", .min = 0.5, .max = 10},
    {.name = "concurrency",
     .in = location::body,
     .type = value_type::integer,
     .description = "",
     .max = 10,
     .nullable = true},
    {.name = "ids", .in = location::body, .type = value_type::uuids, .description = "", .max = 2},
    {.name = "state", .in = location::body, .type = value_type::choice, .description = "", .choices = {"dead", "running"}},
};
const std::map<std::string, std::string> path{{"id", "01A2197E-FC51-7A56-952F-54D8958AF55D"}};

arguments read(const std::string& query, const std::string& body) { return arguments::read(parameters, path, query, body); }

/// The names in `errors` of the problem, or "nothing".
std::string wrong(const std::string& query, const std::string& body) {
  try {
    read(query, body);
  } catch (const problem& p) {
    BOOST_TEST(p.status() == 400);
    std::string names;
    for (auto& [name, why] : p.errors()) names += (names.empty() ? "" : " ") + name;
    return names;
  }
  return "nothing";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_parameters)

BOOST_AUTO_TEST_CASE(values_from_path_query_and_body_are_typed) {
  auto a =
      read("limit=7&text=a%20b+c&all=true&since=2031-04-01T09%3A00%3A00Z",
           R"({"reason":"x","rate":0.5,"concurrency":null,"state":"dead","ids":["01A2197E-FC51-7A56-952F-54D8958AF55D"]})");
  BOOST_TEST(a.text("id") == "01a2197e-fc51-7a56-952f-54d8958af55d");
  BOOST_TEST(a.integer("limit") == 7);
  BOOST_TEST(a.text("text") == "a b c");
  BOOST_TEST(a.flag("all"));
  BOOST_TEST(*a.timestamp_us("since") == 1'932'800'400'000'000);
  BOOST_TEST(a.number("rate") == 0.5);
  BOOST_TEST(a.is_null("concurrency"));
  BOOST_TEST(!a.has("concurrency"));
  BOOST_TEST(a.texts("ids").at(0) == "01a2197e-fc51-7a56-952f-54d8958af55d");
}

BOOST_AUTO_TEST_CASE(absent_parameters_have_their_default) {
  auto a = read("", R"({"reason":"x"})");
  BOOST_TEST(a.integer("limit", 100) == 100);
  BOOST_TEST(a.text("text").empty());
  BOOST_TEST(!a.flag("all"));
  BOOST_TEST(!a.timestamp_us("since").has_value());
}

BOOST_AUTO_TEST_CASE(every_invalid_parameter_is_reported) {
  const std::string good = R"({"reason":"x"})";
  BOOST_TEST(wrong("", good) == "nothing");
  BOOST_TEST(wrong("", "") == "reason");
  BOOST_TEST(wrong("limit=0&text=&all=1", good) == "limit text all");
  BOOST_TEST(wrong("limit=501", good) == "limit");
  BOOST_TEST(wrong("limit=7x", good) == "limit");
  BOOST_TEST(wrong("limit=1&limit=1", good) == "limit");
  BOOST_TEST(wrong("limit=99999999999999999999", good) == "limit");
  BOOST_TEST(wrong("text=%0a", good) == "text");
  BOOST_TEST(wrong("text=%ff", good) == "text");
  BOOST_TEST(wrong("since=2031-04-01", good) == "since");
  BOOST_TEST(wrong("reason=x", good) == "'reason'");  // not in the query
  BOOST_TEST(wrong("", R"({"reason":"x","more":1})") == "'more'");
  BOOST_TEST(wrong("", R"({"reason":"x","rate":"1"})") == "rate");
  BOOST_TEST(wrong("", R"({"reason":"x","rate":null})") == "rate");
  BOOST_TEST(wrong("", R"({"reason":"x","concurrency":1.0})") == "concurrency");
  BOOST_TEST(wrong("", R"({"reason":"x","ids":[]})") == "ids");
  BOOST_TEST(wrong("", R"({"reason":"x","state":"gone"})") == "state");
}

BOOST_AUTO_TEST_CASE(a_body_is_one_object_without_duplicate_keys) {
  for (auto* body : {"{", "[]", "1", "{} {}", "\xff"}) BOOST_CHECK_THROW(read("", body), problem);
  BOOST_CHECK_THROW(read("", R"({"reason":"a","reason":"b"})"), problem);
  BOOST_CHECK_THROW(read("", std::string(100'000, '[')), problem);
}

BOOST_AUTO_TEST_CASE(a_body_is_accepted_whole_or_rejected) {
  const std::vector<parameter> any{{.name = "payload", .in = location::body, .type = value_type::any, .description = ""}};
  const auto nested = [](std::size_t depth) {
    return R"({"payload":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  const auto whole = nested(32);
  BOOST_TEST(arguments::read(any, {}, "", whole).json().dump() == whole);
  for (const auto& body : {nested(33), nested(65), std::string{R"({"payload":{"a":1,"a":2}})"}})
    BOOST_CHECK_THROW(arguments::read(any, {}, "", body), problem);
}

BOOST_AUTO_TEST_SUITE_END()
