#include "runtime/program/api/page_cursor.hpp"

#include "runtime/program/api/problem.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::api;

BOOST_AUTO_TEST_SUITE(page_cursor)

BOOST_AUTO_TEST_CASE(a_cursor_decodes_to_its_place) {
  const page_place last{"2026-11-21T08:30:00.250000Z", "01890a5d-ac96-774b-bcce-b302099a8057"};
  const auto place = place_of(cursor_of(last));
  BOOST_TEST(place.at == last.at);
  BOOST_TEST(place.id == last.id);
}

BOOST_AUTO_TEST_CASE(a_cursor_of_ranked_rows_decodes_to_its_place) {
  const ranked_place last{12, {"2026-11-21T08:30:00.250000Z", "01890a5d-ac96-774b-bcce-b302099a8057"}};
  const auto found = ranked_place_of(cursor_of(last));
  BOOST_TEST(found.rank == 12);
  BOOST_TEST(found.place.at == last.place.at);
  BOOST_TEST(found.place.id == last.place.id);
  BOOST_TEST(ranked_place_of("").place.at.empty());
}

BOOST_AUTO_TEST_CASE(an_empty_cursor_is_the_start_of_the_list) {
  BOOST_TEST(place_of("").at.empty());
  BOOST_TEST(place_of("").id.empty());
}

BOOST_AUTO_TEST_CASE(text_that_is_not_a_cursor_is_rejected) {
  for (const auto* text :
       {"x", "~", "2026-11-21T08:30:00Z", "2026-11-21T08:30:00Z~", "~01890a5d-ac96-774b-bcce-b302099a8057",
        "yesterday~01890a5d-ac96-774b-bcce-b302099a8057", "2026-11-21T08:30:00Z~'; drop"})
    BOOST_CHECK_THROW(place_of(text), problem);
  for (const auto* text : {"1", "1~", "~", "x~2026-11-21T08:30:00Z~01890a5d-ac96-774b-bcce-b302099a8057", "1~yesterday",
                           "99999999999999999999~2026-11-21T08:30:00Z~01890a5d-ac96-774b-bcce-b302099a8057",
                           "2026-11-21T08:30:00Z~01890a5d-ac96-774b-bcce-b302099a8057"})
    BOOST_CHECK_THROW(ranked_place_of(text), problem);
}

BOOST_AUTO_TEST_SUITE_END()
