// Sends invalid values for every parameter of every route. The requests are generated from the route table, so that new
// parameters are covered automatically. permissions_test.cpp has the handwritten cases.
#include "runtime/program/api/route.hpp"
#include "tests/integration/end_to_end/operators.hpp"

#include <boost/test/unit_test.hpp>

#include <cctype>

using namespace millrace;
using namespace millrace::test;
using api::location;
using api::parameter;
using api::value_type;

namespace {

using texts = std::vector<std::string>;

const std::string id = "01a2197e-fc51-7a56-952f-54d8958af55d";

std::string quoted(const std::string& text) { return '"' + text + '"'; }
std::string longer(const parameter& p) { return std::string(static_cast<std::size_t>(p.max) + 1, 'a'); }

const texts no_numbers{"x", "1.2.3", "-1", "99999999999999999999", "0x1", "NaN", "Infinity"};
const texts no_moments{"yesterday", "2031-04-01", "2031-04-01T09:00:00", "2031-02-30T00:00:00Z", "2031-04-01T25:00:00Z"};

/// JSON texts that a body parameter must reject; some are invalid JSON.
texts refused_in_body(const parameter& p) {
  texts all{"", "{", "nul", "\x01"};
  const auto add = [&](const texts& more) { all.insert(all.end(), more.begin(), more.end()); };
  if (p.type != value_type::any) add({"{}", "[[]]"});
  if (p.type != value_type::any && !p.nullable) add({"null"});
  switch (p.type) {
    case value_type::text:
      add({"5", "true", R"("a\nb")", R"("a\u0000b")", R"("\ud800")", "\"\xff\"", quoted(longer(p))});
      if (p.min > 0) add({R"("")"});
      break;
    case value_type::integer:
      add({"1.5"});
      [[fallthrough]];
    case value_type::number:
      add({R"("1")", "true", "-1", "01", "0x1", "1e999", "99999999999999999999", std::to_string(p.max) + "1e3"});
      break;
    case value_type::boolean:
      add({R"("true")", "1"});
      break;
    case value_type::uuid:
      add({"5", R"("x")", quoted(id.substr(1)), quoted(id + "0")});
      break;
    case value_type::uuids: {
      std::string many = "[" + quoted(id);
      for (int i = 0; i < static_cast<int>(p.max); ++i) many += "," + quoted(id);
      add({"[]", quoted(id), "[5]", R"(["x"])", many + "]"});
      break;
    }
    case value_type::choice:
      add({"5", R"("")", R"("gone")"});
      break;
    case value_type::timestamp:
      add({"5"});
      for (const auto& text : no_moments) add({quoted(text)});
      break;
    case value_type::any:
      add({R"({"a":1,"a":2})", std::string(40, '[') + std::string(40, ']')});
  }
  return all;
}

/// Values that a query parameter must reject, before percent-encoding.
texts refused_in_query(const parameter& p) {
  switch (p.type) {
    case value_type::text:
      return {"", "a\nb", {"a\0b", 3}, "\xff", "\xed\xa0\x80", longer(p)};
    case value_type::integer: {
      auto all = no_numbers;
      all.insert(all.end(), {"", "1.5", " 1", "1e2"});
      return all;
    }
    case value_type::number:
      return no_numbers;
    case value_type::boolean:
      return {"", "yes", "1", "TRUE"};
    case value_type::choice:
      return {"", "gone"};
    case value_type::timestamp:
      return no_moments;
    default:
      return {"x"};
  }
}

/// Valid values that could cause harm in later layers.
texts allowed(const parameter& p) {
  switch (p.type) {
    case value_type::text:
      return {"'; drop table millrace.task; --",
              "%_\\\\",
              "${jndi:ldap://x}",
              "../../etc/passwd",
              "\xe2\x80\xae"
              "abc",
              std::string(static_cast<std::size_t>(p.max), 'a'),
              "0000-01-01T00:00:00Z~" + id,
              "9999-12-31T23:59:59.999999999Z~" + id};
    case value_type::integer:
    case value_type::number:
      return {std::to_string(static_cast<long long>(p.max)), p.min < 1 ? "0.5" : std::to_string(static_cast<int>(p.min))};
    case value_type::timestamp:
      return {"0000-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2199-12-31T23:59:59Z",     "0001-01-01T00:00:00Z",
              "9999-12-31T23:59:59Z", "2031-06-30T23:59:60Z", "2031-04-01T09:00:00+23:59"};
    default:
      return {};
  }
}

std::string encoded(const std::string& text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out;
  for (const char letter : text) {
    const auto c = static_cast<unsigned char>(letter);
    if (std::isalnum(c))
      out += letter;
    else
      out += {'%', digits[c >> 4], digits[c & 15]};
  }
  return out;
}

std::string with_path(std::string path, const std::string& value) {
  if (const auto at = path.find('{'); at != path.npos) path.replace(at, path.find('}') - at + 1, value);
  return path;
}

/// A valid path for the route.
std::string good_path(const api::route& r) {
  return with_path(std::string{r.path}, r.path.find("{queue}") != r.path.npos ? "email" : id);
}

/// A body with the required parameters except `without`, followed by `more`.
std::string body_of(const api::route& r, std::string_view without = {}, const std::string& more = {}) {
  std::string body = "{";
  for (const auto& p : r.parameters) {
    if (p.in != location::body || !p.required || p.name == without) continue;
    body += (body.size() > 1 ? "," : "") + quoted(std::string{p.name}) + ":" +
            (p.name == "type" ? R"("notification.webhook")" : R"("x")");
  }
  return body + (more.empty() || body.size() == 1 ? "" : ",") + more + "}";
}

struct hostile_scene : operators_scene {
  std::string admin = token("admin");
  std::size_t asked = 0;

  hostile_scene() {
    set("MILLRACE_API_RATE_LIMIT", "10000");
    serve();
  }
  std::string row_counts() const {
    return read(
        "select (select count(*) from millrace.audit) || ' ' || (select count(*) from millrace.outbox) || ' ' ||"
        " (select count(*) from millrace.queue_control) || ' ' || (select count(*) from millrace.task)");
  }
  api_answer give(const api::route& r, const std::string& path, const std::string& body) {
    ++asked;
    auto a = send(admin, std::string{r.method}, path, r.method == "GET" ? "" : body);
    BOOST_TEST(a.status > 0);
    BOOST_TEST(a.status < 500);
    if (a.status >= 400) BOOST_TEST(a.headers["content-type"] == "application/problem+json");
    return a;
  }
  void expect_400(const api::route& r, const std::string& path, const std::string& body) {
    BOOST_TEST_CONTEXT(r.method << ' ' << path.substr(0, 200) << ' ' << body.substr(0, 200))
    BOOST_TEST(give(r, path, body).status == 400);
  }
  void expect_no_server_error(const api::route& r, const std::string& path, const std::string& body) {
    BOOST_TEST_CONTEXT(r.method << ' ' << path.substr(0, 200) << ' ' << body.substr(0, 200)) give(r, path, body);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_requests, hostile_scene)

BOOST_AUTO_TEST_CASE(invalid_values_are_rejected_with_a_problem_and_change_nothing) {
  const auto before = row_counts();
  for (const auto& r : api::routes()) {
    const auto path = good_path(r);
    expect_400(r, path + "?nothing=1", body_of(r));
    expect_400(r, path + "?%zz=1", body_of(r));
    if (r.method != "GET") {
      for (const auto* body : {"{", "[]", "null", "1", "{} {}", "\xff"}) expect_400(r, path, body);
      expect_400(r, path, body_of(r, {}, R"("nothing":1)"));
    }
    for (const auto& p : r.parameters) {
      const std::string name{p.name};
      if (p.in == location::query) {
        for (const auto& value : refused_in_query(p)) expect_400(r, path + "?" + name + "=" + encoded(value), "");
        expect_400(r, path + "?" + name + "=%", "");
        expect_400(r, path + "?" + name + "=1&" + name + "=1", "");
      } else if (p.in == location::body) {
        for (const auto& value : refused_in_body(p)) expect_400(r, path, body_of(r, p.name, quoted(name) + ":" + value));
        expect_400(r, path, body_of(r, p.name, quoted(name) + ":1," + quoted(name) + ":1"));
        if (p.required) expect_400(r, path, body_of(r, p.name));
      } else {
        for (const auto* value : {"a%00b", "%ff", "a%0ab"}) expect_400(r, with_path(std::string{r.path}, value), body_of(r));
        expect_400(r, with_path(std::string{r.path}, longer(p)), body_of(r));
      }
    }
  }
  BOOST_TEST(asked > 800U);
  BOOST_TEST(row_counts() == before);
}

BOOST_AUTO_TEST_CASE(valid_values_never_cause_a_server_error) {
  for (const auto& r : api::routes())
    for (const auto& p : r.parameters)
      for (const auto& value : allowed(p)) {
        const std::string name{p.name};
        if (p.in == location::query) expect_no_server_error(r, good_path(r) + "?" + name + "=" + encoded(value), "");
        if (p.in == location::path) expect_no_server_error(r, with_path(std::string{r.path}, encoded(value)), body_of(r));
        if (p.in != location::body) continue;
        const bool number = p.type == value_type::integer || p.type == value_type::number;
        expect_no_server_error(r, good_path(r), body_of(r, p.name, quoted(name) + ":" + (number ? value : quoted(value))));
      }
  BOOST_TEST(asked > 200U);
  BOOST_TEST(server().running());
  BOOST_TEST(!read("select count(*) from millrace.task").empty());
}

BOOST_AUTO_TEST_SUITE_END()
