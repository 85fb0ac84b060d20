"""The one decision: what may be shown, for what, and why not; blind to stars."""

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import i18n, rules
from reviews.rules import AdvertisingRow, NotShown, Purpose, ReviewFacts, Shown, decide, reason_text
from reviews.rules.claims import find_claim

BOOK = rules.load()
OWN = BOOK.terms("own_site")
FACTS = ReviewFacts(text="Friendly desk, easy parking.", language="en", age_days=10, read_age_days=0)
PUBLIC_QUOTES = [Purpose.QUOTE, Purpose.HOSTED_QUOTE, Purpose.STATIC_COPY, Purpose.FEED, Purpose.EXPORT, Purpose.API]


def row(place: str, *professions: str, confirmed: bool = True) -> AdvertisingRow:
    return BOOK.row(place, professions, {(place, each) for each in professions} if confirmed else set())


PHYSIO = row("CA-ON", "physiotherapist")


def why(found: Shown | NotShown) -> str:
    assert isinstance(found, NotShown), found
    return reason_text(i18n.load().words("en"), found.reason)


def test_an_allowed_quote_says_how_it_is_to_be_shown() -> None:
    found = decide(row("CA-AB", "physiotherapist"), BOOK.terms("google"), FACTS, Purpose.QUOTE)
    assert isinstance(found, Shown)
    assert (found.excerpt, found.keep_days, found.show_author, found.jsonld) == ("display", 30, True, False)
    assert found.attribution is not None
    assert (found.attribution.text, found.attribution.logo, found.attribution.link) == ("Google", True, True)


@pytest.mark.parametrize("purpose", [*PUBLIC_QUOTES, Purpose.JSONLD])
def test_a_barred_profession_shows_no_quote_in_any_output_and_the_reason_names_the_rule(purpose: Purpose) -> None:
    said = why(decide(row("CA-ON", "acupuncturist"), OWN, FACTS, purpose))
    assert "CTCMPAO" in said
    assert "acupuncturist" in said
    assert "Ontario (Canada)" in said
    assert "22 November 2026" in said
    assert "confirmed by your group" in said
    assert "not confirmed" in why(decide(row("CA-ON", "naturopath", confirmed=False), OWN, FACTS, purpose))


@pytest.mark.parametrize("purpose", [Purpose.FIGURES, Purpose.LINK, Purpose.ASK, Purpose.API, Purpose.FEED])
def test_a_barred_profession_shows_no_figure_link_or_request(purpose: Purpose) -> None:
    assert isinstance(decide(row("CA-ON", "naturopath"), OWN, None, purpose), NotShown)


def test_link_and_asking_follow_their_own_fields() -> None:
    chiro = row("CA-ON", "chiropractor")
    assert isinstance(decide(chiro, OWN, None, Purpose.FIGURES), Shown)
    assert isinstance(decide(chiro, OWN, None, Purpose.LINK), NotShown)
    assert isinstance(decide(chiro, OWN, None, Purpose.ASK), NotShown)
    shown = decide(chiro, OWN, FACTS, Purpose.QUOTE)
    assert isinstance(shown, Shown)
    assert not shown.show_link
    assert shown.must_say == {"results_vary"}


@pytest.mark.parametrize("purpose", [p for p in PUBLIC_QUOTES if p is not Purpose.QUOTE])
def test_own_site_only_leaves_every_other_place_without_quotes(purpose: Purpose) -> None:
    chiro = row("CA-ON", "chiropractor")
    assert isinstance(decide(chiro, OWN, FACTS, Purpose.QUOTE), Shown)
    assert "only on the clinic's own website" in why(decide(chiro, OWN, FACTS, purpose))


def test_without_a_confirmed_set_up_figures_are_shown_and_quotes_are_not() -> None:
    for unset in (BOOK.row("", [], set()), row("CA-ON", "physiotherapist", confirmed=False)):
        assert isinstance(decide(unset, OWN, None, Purpose.FIGURES), Shown)
        assert "onfirm" in why(decide(unset, OWN, FACTS, Purpose.QUOTE))
        assert isinstance(decide(unset, OWN, None, Purpose.QUOTE), NotShown)


def test_consent_that_is_not_recorded_shows_the_quote_without_its_author() -> None:
    without = decide(PHYSIO, OWN, FACTS, Purpose.QUOTE)
    with_record = decide(PHYSIO, OWN, replace(FACTS, has_consent=True), Purpose.QUOTE)
    assert isinstance(without, Shown)
    assert isinstance(with_record, Shown)
    assert (without.show_author, with_record.show_author) == (False, True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Easy parking and a friendly desk.", True),
        ("Stationnement facile et accueil chaleureux.", True),
        ("Easy parking, and my back pain vanished.", False),
        ("Easy parking. A skilled therapist.", False),
        ("Friendly, but the treatment did not help.", False),
        ("Accueil chaleureux. Mon épaule va mieux.", False),
    ],
)
def test_where_only_service_remarks_are_allowed_a_review_with_a_clinical_aspect_is_left_out_whole(
    text: str, shown: bool
) -> None:
    found = decide(row("AU", "physiotherapist"), OWN, replace(FACTS, text=text), Purpose.QUOTE)
    assert isinstance(found, Shown) is shown
    if not shown:
        assert "Ahpra" in why(found)
        assert "only remarks on service" in why(found)


def test_where_only_service_remarks_are_allowed_an_unchecked_language_is_left_out() -> None:
    found = decide(row("AU", "physiotherapist"), OWN, replace(FACTS, text="Muy amables.", language="es"), Purpose.QUOTE)
    assert "nobody checks this language" in why(found)
    assert isinstance(decide(row("AU", "physiotherapist"), OWN, None, Purpose.QUOTE), Shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("They are the best in the city.", False),
        ("Les meilleurs physios de la ville!", False),
        ("They gave the best care possible.", True),
        ("Great results guaranteed.", False),
        ("Kind people. Number one in town.", False),
    ],
)
def test_a_claim_leaves_the_whole_review_out(text: str, shown: bool) -> None:
    found = decide(PHYSIO, OWN, replace(FACTS, text=text), Purpose.QUOTE)
    assert isinstance(found, Shown) is shown
    if not shown:
        assert "College of Physiotherapists of Ontario" in why(found)
    in_title = decide(PHYSIO, OWN, replace(FACTS, title=text, text="Fine."), Purpose.QUOTE)
    assert isinstance(in_title, Shown) is shown


def test_a_language_that_nobody_checks_is_left_out_where_claims_are_barred() -> None:
    spanish = replace(FACTS, language="es")
    assert isinstance(decide(PHYSIO, OWN, spanish, Purpose.QUOTE), NotShown)
    assert isinstance(decide(PHYSIO, OWN, replace(FACTS, language=None), Purpose.QUOTE), Shown)
    assert isinstance(decide(row("CA-BC", "massage_therapist"), OWN, spanish, Purpose.QUOTE), Shown)


@pytest.mark.parametrize(("age", "shown"), [(0, True), (730, True), (731, False), (None, False)])
def test_quotes_older_than_a_rule_allows_are_left_out_and_so_are_undated_ones(age: int | None, shown: bool) -> None:
    found = decide(row("GB", "physiotherapist"), OWN, replace(FACTS, age_days=age), Purpose.QUOTE)
    assert isinstance(found, Shown) is shown


@pytest.mark.parametrize("change", [{"hidden": True}, {"gone": True}])
def test_hidden_and_vanished_reviews_are_not_quoted_but_staff_see_them(change: dict[str, bool]) -> None:
    facts = replace(FACTS, **change)
    assert isinstance(decide(PHYSIO, OWN, facts, Purpose.QUOTE), NotShown)
    assert isinstance(decide(PHYSIO, OWN, facts, Purpose.STAFF), Shown)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_content_past_its_retention_is_shown_to_nobody(purpose: Purpose) -> None:
    old, fresh = replace(FACTS, read_age_days=31), replace(FACTS, read_age_days=30)
    google = BOOK.terms("google_business")
    assert "30 days" in why(decide(PHYSIO, google, old, purpose))
    if purpose in (Purpose.QUOTE, Purpose.STAFF, Purpose.API):
        assert isinstance(decide(PHYSIO, google, fresh, purpose), Shown)


def test_static_copies_leave_out_content_that_expires() -> None:
    assert isinstance(decide(PHYSIO, BOOK.terms("google"), FACTS, Purpose.STATIC_COPY), NotShown)
    assert isinstance(decide(PHYSIO, BOOK.terms("google"), None, Purpose.STATIC_COPY), NotShown)
    assert isinstance(decide(PHYSIO, OWN, FACTS, Purpose.STATIC_COPY), Shown)


@pytest.mark.parametrize("origin", ["unknown", "never heard of", "google_places", "birdeye", "outscraper"])
def test_origins_that_may_not_be_public_are_for_staff_only(origin: str) -> None:
    terms = BOOK.terms(origin)
    for purpose in (*PUBLIC_QUOTES, Purpose.JSONLD, Purpose.FIGURES):
        assert isinstance(decide(PHYSIO, terms, FACTS, purpose), NotShown)
        assert isinstance(decide(PHYSIO, terms, None, purpose), NotShown)
    assert isinstance(decide(PHYSIO, terms, FACTS, Purpose.STAFF), Shown)


def test_an_export_by_others_is_shown_once_its_basis_is_stated() -> None:
    stated = replace(FACTS, basis_stated=True)
    assert isinstance(decide(PHYSIO, BOOK.terms("outscraper"), stated, Purpose.QUOTE), Shown)


def test_a_person_may_not_choose_where_terms_forbid_choosing() -> None:
    chosen = replace(FACTS, chosen_by_person=True)
    assert isinstance(decide(PHYSIO, BOOK.terms("other_site"), chosen, Purpose.QUOTE), NotShown)
    assert isinstance(decide(PHYSIO, BOOK.terms("other_site"), FACTS, Purpose.QUOTE), Shown)
    assert isinstance(decide(PHYSIO, OWN, chosen, Purpose.QUOTE), Shown)


@pytest.mark.parametrize(
    ("origin", "allowed"), [("own_site", True), ("first_party", True), ("google", False), ("other_site", False)]
)
def test_markup_for_search_engines_takes_only_the_clinics_own_reviews(origin: str, allowed: bool) -> None:
    for facts in (None, FACTS):
        assert isinstance(decide(PHYSIO, BOOK.terms(origin), facts, Purpose.JSONLD), Shown) is allowed


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_reason_is_complete_in_each_language(language: str) -> None:
    words = i18n.load().words(language)
    facts = [FACTS, None, replace(FACTS, text="The best in town, guaranteed.", read_age_days=99, age_days=999)]
    facts += [replace(FACTS, hidden=True), replace(FACTS, language="es"), replace(FACTS, chosen_by_person=True)]
    reasons = set()
    for part in BOOK.rules():
        for confirmed in (True, False):
            given_row = row(part.jurisdiction, part.profession, confirmed=confirmed)
            for origin in BOOK.origins():
                for purpose in Purpose:
                    for fact in facts:
                        found = decide(given_row, BOOK.terms(origin), fact, purpose)
                        if isinstance(found, NotShown):
                            reasons.add(found.reason)
    assert len({reason.message for reason in reasons}) >= 14
    said = [reason_text(words, reason) for reason in reasons]
    assert not [text for text in said if "{" in text]
    if language == "fr":
        assert not [text for text in said if "compiled" in text or "health profession" in text]


PLACES = ["CA-ON", "CA-AB", "CA-BC", "CA-QC", "AU", "US", "GB", "EU", "other", ""]


@pytest.mark.statement("W61")
@given(
    st.lists(
        st.tuples(st.sampled_from(["Kind.", "The best in town.", "Un rabais!", ""]), st.integers(0, 500)), max_size=12
    ),
    st.sampled_from(PLACES),
    st.sampled_from(["physiotherapist", "chiropractor", "dentist"]),
    st.sampled_from(BOOK.origins()),
    st.sampled_from(list(Purpose)),
    st.randoms(use_true_random=False),
)
def test_permuting_all_stars_changes_no_decision(
    reviews: list[tuple[str, int]], place: str, profession: str, origin: str, purpose: Purpose, rng: random.Random
) -> None:
    def decisions(stored: list[tuple[str, int]]) -> list[Shown | NotShown]:
        facts = [ReviewFacts(text=text, language="en", age_days=5) for text, _ in stored]
        return [decide(row(place, profession), BOOK.terms(origin), each, purpose) for each in facts]

    stars = [star for _, star in reviews]
    rng.shuffle(stars)
    permuted = [(text, star) for (text, _), star in zip(reviews, stars, strict=True)]
    assert decisions(permuted) == decisions(reviews)
    assert not [name for name in ReviewFacts.__dataclass_fields__ if "star" in name or "rating" in name]


# ---------------------------------------------------------------- claims
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("comparative", "Simply the best clinic in all of Toronto"),
        ("comparative", "She is better than any other therapist"),
        ("comparative", "Kinder than others"),
        ("comparative", "Better than expected? No: better than others!"),
        ("comparative", "More gentle than my previous dentist"),
        ("comparative", "La meilleure clinique de la région"),
        ("comparative", "Mieux que les autres"),
        ("superlative", "The most professional team"),
        ("superlative", "Un service hors pair"),
        ("outcome_claim", "My knee pain is gone"),
        ("outcome_claim", "She healed me"),
        ("outcome_claim", "Je suis guérie"),
        ("outcome_claim", "Ma douleur a disparu"),
        ("outcome_claim", "I feel so much better"),
        ("outcome_claim", "Back to work after a week"),
        ("guarantee", "You won’t regret it"),
        ("guarantee", "Résultat garanti"),
        ("incentive", "I got a 20% off card"),
        ("incentive", "Un rabais en échange d'un avis"),
    ],
)
def test_claims_are_found_in_english_and_french(kind: str, text: str) -> None:
    found = find_claim(text, {kind})
    assert found is not None
    assert (found.kind, text[found.start : found.end]) == (kind, found.words)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("comparative", "They gave the best care possible"),
        ("comparative", "It went better than expected"),
        ("comparative", "She put my needs on top of her list"),
        ("superlative", "The topics were explained"),
        ("outcome_claim", "Friendly desk and easy parking"),
        ("outcome_claim", "Le personnel est gentil"),
        ("guarantee", "They explain everything"),
        ("incentive", "A gift for teaching"),
    ],
)
def test_plain_remarks_are_no_claims(kind: str, text: str) -> None:
    assert find_claim(text, {kind}) is None


def test_the_first_claim_wins_and_only_named_kinds_count() -> None:
    text = "Guaranteed to be the best in town"
    found = find_claim(text, {"guarantee", "comparative"})
    assert found is not None
    assert found.kind == "guarantee"
    assert find_claim(text, {"outcome_claim"}) is None
    assert find_claim(text, set()) is None
    with pytest.raises(ValueError, match="nonsense"):
        find_claim(text, {"nonsense"})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("best " * 10_000, "superlative"),
        ("more x than " * 4_000, None),
        ("pain " * 10_000, None),
        ("so " * 16_000, None),
    ],
)
def test_long_texts_are_checked_without_blowing_up(text: str, kind: str | None) -> None:
    found = find_claim(text, {"comparative", "superlative", "outcome_claim", "guarantee", "incentive"})
    assert (found and found.kind) == kind


def test_dates_in_reasons_are_in_words() -> None:
    found = decide(row("CA-ON", "dentist"), OWN, FACTS, Purpose.QUOTE)
    assert isinstance(found, NotShown)
    assert found.part is not None
    assert found.part.checked_on == date(2026, 11, 22)
    assert "22 novembre 2026" in reason_text(i18n.load().words("fr"), found.reason)
