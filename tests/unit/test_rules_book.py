"""The rule book: complete dated rows, and the strictest of a clinic's rules wins."""

import itertools
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import rules
from reviews.rules.book import FIELDS, STRICTEST, AdvertisingRow
from reviews.rules.places import JURISDICTIONS, PROFESSIONS

BOOK = rules.load()
DAY = date(2026, 11, 22)


def pairs(jurisdiction: str, *professions: str) -> set[tuple[str, str]]:
    return {(jurisdiction, profession) for profession in professions}


def values(row: AdvertisingRow) -> tuple[str, str, str, str]:
    return row.quotes, row.figures, row.link, row.ask


# ---------------------------------------------------------------- terms
ORIGINS = (
    "google_business google_places google_maps_page yelp facebook trustpilot tripadvisor birdeye podium saved_page "
    "google_takeout outscraper apify gosom own_site first_party other_site unknown"
)


def test_every_origin_has_a_dated_row_with_a_source_or_a_doubt() -> None:
    for origin in ORIGINS.split(" "):
        terms = BOOK.terms(origin)
        assert terms.origin == origin
        assert terms.checked_on == DAY
        assert terms.urls or terms.unverified or terms.basis == "our choice"
        assert terms.reply in ("api", "partner", "link", "none")
        assert terms.keep_measurements in ("yes", "no", "open")
        assert terms.note


@pytest.mark.parametrize(
    ("origin", "retention", "aggregate", "excerpt", "select", "jsonld", "refresh", "reply", "public"),
    [
        ("google_business", 30, False, "display", True, False, None, "api", True),
        ("google_places", 0, False, "none", False, False, None, "link", False),
        ("google_maps_page", 0, False, "none", False, False, None, "link", False),
        ("yelp", 1, False, "none", False, False, 24, "partner", True),
        ("facebook", None, False, "display", True, False, None, "link", True),
        ("trustpilot", None, False, "none", True, False, 24, "link", True),
        ("tripadvisor", None, False, "none", False, False, None, "link", True),
        ("birdeye", None, False, "none", False, False, None, "api", False),
        ("saved_page", None, False, "display", True, False, None, "link", True),
        ("own_site", None, False, "fair", True, True, None, "link", True),
        ("first_party", None, True, "fair", True, True, None, "none", True),
        ("other_site", None, False, "display", False, False, None, "link", True),
        ("unknown", None, False, "none", False, False, None, "none", False),
    ],
)
def test_terms_are_as_compiled(
    origin: str,
    retention: int | None,
    aggregate: bool,
    excerpt: str,
    select: bool,
    jsonld: bool,
    refresh: int | None,
    reply: str,
    public: bool,
) -> None:
    terms = BOOK.terms(origin)
    found = (terms.retention_days, terms.may_aggregate, terms.excerpt, terms.may_select, terms.jsonld)
    assert found == (retention, aggregate, excerpt, select, jsonld)
    assert (terms.refresh_hours, terms.reply, terms.public) == (refresh, reply, public)


def test_an_unheard_of_origin_is_unknown_and_aliases_lead_to_their_row() -> None:
    assert BOOK.terms("somewhere").origin == "unknown"
    assert BOOK.terms("").origin == "unknown"
    assert BOOK.terms("google").origin == "google_business"
    assert {BOOK.terms(name).origin for name in ("site_reviews", "judge_me", "yotpo")} == {"first_party"}


def test_no_program_reads_pages_of_google_maps() -> None:
    assert not BOOK.terms("google_maps_page").gets_machine


# ---------------------------------------------------------------- rows
ROWS = [
    ("CA-ON", "physiotherapist", "yes on on on", "consent", "comparative guarantee"),
    ("CA-ON", "chiropractor", "yes on off off", "own_site", "comparative guarantee incentive"),
    ("CA-ON", "tcm_practitioner", "none off off off", "", "guarantee"),
    ("CA-ON", "acupuncturist", "none off off off", "", "guarantee"),
    ("CA-ON", "naturopath", "none off off off", "", ""),
    ("CA-ON", "massage_therapist", "none off off off", "", "comparative"),
    ("CA-ON", "occupational_therapist", "none off off off", "", ""),
    ("CA-ON", "psychotherapist", "none off off off", "", "comparative superlative"),
    ("CA-ON", "dentist", "none off off off", "", "comparative outcome_claim incentive"),
    ("CA-AB", "physiotherapist", "yes on on on", "", "comparative superlative outcome_claim guarantee incentive"),
    ("CA-BC", "physiotherapist", "yes on on off", "", "comparative guarantee"),
    ("CA-BC", "chiropractor", "yes on on off", "", "outcome_claim"),
    ("CA-BC", "naturopath", "none off off off", "", "outcome_claim"),
    ("CA-BC", "massage_therapist", "yes on on off", "", ""),
    ("CA-BC", "speech_hearing", "yes on on off", "", "comparative outcome_claim guarantee"),
    ("CA-QC", "chiropractor", "none off off off", "", ""),
    ("AU", "physiotherapist", "yes on on on", "service_only", ""),
    ("US", "physiotherapist", "yes on on off", "", "guarantee incentive comparative outcome_claim"),
    ("GB", "physiotherapist", "yes on on off", "", "comparative outcome_claim guarantee"),
    ("EU", "physiotherapist", "yes on on off", "", "comparative outcome_claim guarantee"),
    ("other", "physiotherapist", "yes on on off", "", "comparative outcome_claim guarantee"),
]


@pytest.mark.parametrize(("place", "profession", "fields", "conditions", "filters"), ROWS)
def test_a_confirmed_row_has_its_compiled_values(
    place: str, profession: str, fields: str, conditions: str, filters: str
) -> None:
    row = BOOK.row(place, [profession], pairs(place, profession))
    assert values(row) == tuple(fields.split())
    assert row.conditions == set(conditions.split())
    assert row.filters == set(filters.split())
    assert all(part.confirmed for part in row.parts)


UNCONFIRMED = {
    "CA-ON physiotherapist": "yes on on off",
    "CA-ON chiropractor": "yes on off off",
    "CA-AB physiotherapist": "none on on off",
    "CA-BC physiotherapist": "none on on off",
    "CA-BC chiropractor": "none on on off",
    "CA-BC massage_therapist": "none on on off",
    "AU physiotherapist": "yes on on off",
    "US physiotherapist": "none on on off",
    "GB physiotherapist": "none on on off",
    "EU physiotherapist": "none on on off",
    "other physiotherapist": "none on on off",
    "CA-QC chiropractor": "none off off off",
    "CA-ON dentist": "none off off off",
}


@pytest.mark.parametrize(("pair", "fields"), UNCONFIRMED.items())
def test_an_unconfirmed_row_takes_the_stricter_value_where_it_is_unverified(pair: str, fields: str) -> None:
    place, profession = pair.split()
    assert values(BOOK.merge(place, [profession], set())) == tuple(fields.split())


def test_every_rule_is_dated_and_names_where_it_comes_from_or_what_is_unsure() -> None:
    for part in BOOK.rules():
        assert part.checked_on == DAY
        assert part.authority
        assert part.note
        assert part.urls or part.unverified or part.open or part.is_default, (part.jurisdiction, part.profession)
        assert all(url.startswith("https://") for url in part.urls)


# ---------------------------------------------------------------- the strictest wins
def test_a_physiotherapist_beside_a_chiropractor_keeps_both_conditions() -> None:
    row = BOOK.merge("CA-ON", ["physiotherapist", "chiropractor"], pairs("CA-ON", "physiotherapist"))
    assert values(row) == ("yes", "on", "off", "off")
    assert row.conditions == {"consent", "own_site"}
    assert row.must_say == {"results_vary"}


def test_a_physiotherapist_beside_an_acupuncturist_shows_nothing() -> None:
    both = ("physiotherapist", "acupuncturist")
    row = BOOK.row("CA-ON", both, pairs("CA-ON", *both))
    assert values(row) == ("none", "off", "off", "off")
    assert row.duty == {"ask_platform_to_remove"}


def test_a_widget_limited_to_physiotherapy_is_bound_by_that_alone() -> None:
    row = BOOK.row("CA-ON", ["physiotherapist"], pairs("CA-ON", "physiotherapist", "acupuncturist"))
    assert values(row) == ("yes", "on", "on", "on")
    assert row.conditions == {"consent"}


def test_a_tagged_quote_takes_its_own_rule_and_the_page_stays_strict() -> None:
    both = ("physiotherapist", "acupuncturist")
    row = BOOK.row("CA-ON", both, pairs("CA-ON", *both), tag="physiotherapist")
    assert values(row) == ("yes", "off", "off", "off")
    assert (row.conditions, row.filters) == ({"consent"}, {"comparative", "guarantee"})
    strict = BOOK.row("CA-ON", both, pairs("CA-ON", *both), tag="acupuncturist")
    assert strict.quotes == "none"
    assert BOOK.row("CA-ON", both, pairs("CA-ON", *both), tag="dentist").quotes == "none"


def test_the_australian_rule_speaks_for_every_profession() -> None:
    both = ("physiotherapist", "naturopath")
    row = BOOK.row("AU", both, pairs("AU", *both))
    assert [part.authority for part in row.parts] == ["Ahpra and the National Boards"]
    assert values(row) == ("yes", "on", "on", "on")
    assert not BOOK.row("AU", both, pairs("AU", "naturopath")).parts[0].confirmed


def test_a_confirmation_loosens_its_own_rule_only() -> None:
    both = ("physiotherapist", "massage_therapist")
    one = BOOK.merge("CA-BC", both, pairs("CA-BC", "physiotherapist"))
    assert one.quotes == "none"
    assert [part.confirmed for part in one.parts if part.profession != "any"] == [True, False]
    assert BOOK.merge("CA-BC", both, pairs("CA-BC", *both)).quotes == "yes"
    assert BOOK.merge("CA-BC", both, pairs("CA-ON", *both)).quotes == "none"


def test_the_british_rule_limits_the_age_of_quotes() -> None:
    assert BOOK.row("GB", ["dentist"], set()).max_age_days == 730
    assert BOOK.row("US", ["dentist"], set()).max_age_days is None


@pytest.mark.parametrize(
    ("place", "professions", "confirmed"),
    [
        ("", [], set()),
        ("", ["physiotherapist"], {("", "physiotherapist")}),
        ("CA-ON", [], set()),
        ("CA-ON", ["physiotherapist"], set()),
        ("CA-ON", ["physiotherapist", "chiropractor"], {("CA-ON", "physiotherapist")}),
    ],
)
def test_without_a_confirmed_set_up_there_are_figures_and_no_quotes(
    place: str, professions: list[str], confirmed: set[tuple[str, str]]
) -> None:
    row = BOOK.row(place, professions, confirmed)
    assert (row.quotes, row.figures, row.is_set_up) == ("none", "on", False)


ALL_PAIRS = st.tuples(
    st.sampled_from(sorted(JURISDICTIONS)), st.lists(st.sampled_from(sorted(PROFESSIONS)), min_size=1, max_size=4)
)


@given(ALL_PAIRS, st.data())
def test_more_professions_never_loosen_and_more_confirmations_never_tighten(
    pair: tuple[str, list[str]], data: st.DataObject
) -> None:
    place, professions = pair
    confirmed = data.draw(st.sets(st.sampled_from(sorted(pairs(place, *professions)))))
    whole = BOOK.row(place, professions, confirmed)
    alone = BOOK.row(place, professions[:1], confirmed)
    fully = BOOK.row(place, professions, pairs(place, *professions))
    for field in FIELDS:
        if getattr(alone, field) == STRICTEST[field]:
            assert getattr(whole, field) == STRICTEST[field]
        if getattr(fully, field) == STRICTEST[field]:
            assert getattr(whole, field) == STRICTEST[field]
    assert alone.conditions <= whole.conditions
    assert alone.filters <= whole.filters
    assert fully.filters <= whole.filters
    for order in itertools.islice(itertools.permutations(professions), 3):
        assert values(BOOK.row(place, order, confirmed)) == values(whole)


@dataclass(frozen=True)
class Stored:
    jurisdiction: str
    profession: str
    row_version: str


def test_a_confirmation_holds_only_for_the_rule_that_was_read() -> None:
    current = BOOK.version("CA-ON", "physiotherapist")
    assert current.startswith("2026-11-22 ")
    assert current != BOOK.version("CA-ON", "chiropractor")
    held = [Stored("CA-ON", "physiotherapist", current), Stored("CA-ON", "chiropractor", "2025-01-01 older")]
    assert BOOK.still_confirmed(held) == {("CA-ON", "physiotherapist")}


@pytest.mark.parametrize(
    ("country", "region", "code"),
    [
        ("CA", "ON", "CA-ON"),
        ("Canada", "Ontario", "CA-ON"),
        ("ca", "québec", "CA-QC"),
        ("CA", "CA-BC", "CA-BC"),
        ("CA", "MB", "CA"),
        ("CA", "", "CA"),
        ("AU", "NSW", "AU"),
        ("UK", "", "GB"),
        ("GB", "", "GB"),
        ("FR", "", "EU"),
        ("NO", "", "EU"),
        ("CH", "", "other"),
        ("", "ON", ""),
    ],
)
def test_an_address_proposes_a_jurisdiction(country: str, region: str, code: str) -> None:
    assert rules.jurisdiction_of(country, region) == code
    assert not code or code in dict(BOOK.jurisdictions())


def test_forms_get_codes_with_names() -> None:
    assert ("CA-ON", "Ontario (Canada)") in BOOK.jurisdictions()
    assert ("physiotherapist", "physiotherapist") in BOOK.professions()
