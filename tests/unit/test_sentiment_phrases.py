"""Phrases: found as tokens, the longest first, and only where one of their telling words stands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews import sentiment
from reviews.model import Hit, Sentiment
from reviews.sentiment import patterns, reader
from reviews.sentiment.lexicon import LexiconError, parse_table
from reviews.sentiment.patterns import TooLong, find_patterns, longest, parse_patterns
from reviews.sentiment.vocabulary import SAYS_MORE, Word

SCORER = sentiment.load()
TOKENS = (
    *["can't", "could", "not", "thank", "them", "enough", "at", "ease", "never"],
    *["was", "rushed", "pain", "is", "gone", "hour", "late"],
)


def score(text: str, language: str = "en", scorer: sentiment.Scorer = SCORER) -> Sentiment:
    found = scorer.score("", text, language)
    assert found is not None
    return found


def hits(text: str, scorer: sentiment.Scorer = SCORER) -> list[Hit]:
    return [hit for sentence in score(text, scorer=scorer).evidence for hit in sentence.hits]


def with_phrases(*rows: str) -> sentiment.Scorer:
    return SCORER.with_own({"en": [parse_table("phrase,points,group,reason\n" + "\n".join(rows))]})


@pytest.mark.statement("V15")
@pytest.mark.parametrize("form", ["can't", "cant", "cannot", "can not", "CAN’T", "Can not", "couldn’t", "could not"])
def test_contractions_read_alike_in_any_case(form: str) -> None:
    (hit,) = hits(f"I {form} thank them all enough.")
    assert (hit.points, hit.source, hit.term) == (3.5, "phrase", f"{form} thank them all enough")


@pytest.mark.statement("V15")
@pytest.mark.parametrize("text", ["waste of time", "WASTE of Time", "a waste, of… time"])
def test_a_negation_in_front_turns_a_phrase_round(text: str) -> None:
    assert score(text).compound < 0 < score(f"It was not {text}").compound


@pytest.mark.statement("V15")
def test_a_phrase_replaces_its_words_and_its_evidence_covers_them() -> None:
    text = "We were never once rushed, lovely."
    assert [(hit.term, hit.points, hit.start) for hit in hits(text)] == [
        ("never once rushed", 2.5, 8),
        ("lovely", 2.8, 27),
    ]


@pytest.mark.statement("V15")
def test_the_longest_match_wins_and_the_leftmost_among_equals() -> None:
    scorer = with_phrases(
        "red door,1,praise,", "big red door,2,praise,", "door frame,-1,complaint,", "old house,1,praise,"
    )
    assert [hit.term for hit in hits("a big red door frame", scorer)] == ["big red door"]
    assert [hit.term for hit in hits("red door frame", scorer)] == ["red door"]
    assert [hit.term for hit in hits("red door old house", scorer)] == ["red door", "old house"]


@pytest.mark.statement("V15")
def test_a_phrase_of_no_points_takes_its_words_out_and_own_phrases_say_so() -> None:
    scorer = with_phrases("happy hour,0,courtesy,", "sea view,1.5,praise,")
    assert hits("happy hour", scorer) == []
    assert [(hit.points, hit.source) for hit in hits("sea view", scorer)] == [(1.5, "own")]


def test_a_phrase_stays_within_its_sentence_and_its_gap() -> None:
    assert hits("We could not. Thank you enough") != hits("We could not thank you enough")
    assert all(hit.source != "phrase" for hit in hits("can't thank a b c d e enough"))


@pytest.mark.statement("V16")
def test_a_sentence_without_a_telling_word_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    original = find_patterns

    def counted(words: list[Word], places: list[int]) -> list[tuple[int, int, patterns.Pattern]]:
        seen.append(len(places))
        return original(words, places)

    monkeypatch.setattr(reader, "find_patterns", counted)
    score("We walked there under an umbrella. I noticed two dogs. That is blue.")
    assert seen == []
    score("A total waste of money. I saw two dogs.")
    assert len(seen) == 1


@pytest.mark.statement("V16")
@settings(max_examples=200)
@given(st.lists(st.sampled_from(TOKENS), max_size=14))
def test_the_prefilter_finds_what_a_search_at_every_place_finds(tokens: list[str]) -> None:
    english = SCORER.find_reader("en")
    assert english is not None
    words = [english._vocabulary[token] for token in tokens]
    quick = find_patterns(words, [at for at, word in enumerate(words) if word.flags & SAYS_MORE])
    slow = set()
    for entry in SCORER.find_lexicon("en").phrases.values():
        for pattern in parse_patterns(entry.term, entry):
            for at in range(len(words)):
                if (end := patterns._end(words, at, pattern.elements, 0)) is not None:
                    slow.add((at, end, entry.term))
    found = {(start, end, pattern.meaning.term) for start, end, pattern in quick if hasattr(pattern.meaning, "points")}
    assert {term for _, _, term in found} == {term for _, _, term in slow}
    for start, end, pattern in longest(quick):
        assert 0 <= start < end <= len(words)
        assert pattern.anchor < len(pattern.elements)


@pytest.mark.parametrize("written", ["", "…", "… good", "good …", "a|", "|", "ab* x", "?", "x y|?"])
def test_what_is_no_phrase_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        parse_patterns(written, None)


@pytest.mark.parametrize(
    "written", [" ".join(["can't"] * 60), " ".join(["zorb"] * 13), "zorb … zorb … zorb … zorb … quux", "cannot " * 4]
)
def test_a_phrase_that_would_take_too_long_to_look_for_is_refused(written: str) -> None:
    with pytest.raises(TooLong):
        parse_patterns(written, None)
    with pytest.raises(LexiconError) as refused:
        parse_table(f"phrase,points,group,reason\n{written},1,praise,why\n")
    assert "too long" in refused.value.faults[0].message
    assert len(parse_patterns("can't can't can't", None)) == 8


@pytest.mark.statement("V17")
@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("The pain is gone.", 1),
        ("Arrived with severe neck pain, walked out free of pain.", 1),
        ("After the accident my shoulder injury was terrible; now I can lift my daughter again.", 1),
        ("He fixed the injury that three others could not.", 1),
        ("She gives a killer massage.", 1),
        ("Thorough, professional and knowledgeable.", 1),
        ("I had more pain afterwards than before.", -1),
        ("An hour late, then hurried out after ten minutes.", -1),
        ("They charged my insurance twice and never called back.", -1),
        ("Every visit ended with a pitch for a package of 24 sessions.", -1),
        ("It felt like a conveyor belt, six people under heat packs in one room.", -1),
        ("No complaints.", 1),
        ("No pain anymore.", 1),
    ],
)
def test_the_facts_that_stock_vader_gets_wrong_have_their_sign(text: str, sign: int) -> None:
    assert score(text).label == ("positive" if sign > 0 else "negative")


@pytest.mark.statement("V17")
def test_french_read_as_english_is_not_scored_but_french_is() -> None:
    text = "Très bien reçu, je recommande."
    assert SCORER.score("", text, "it") is None
    assert score(text, "fr").label == "positive"


def test_charging_twice_is_worse_than_the_words_alone() -> None:
    text = "They charged my insurance twice and never called back."
    assert score(text).compound < SCORER.stock(text)["compound"]


@pytest.mark.statement("V5")
def test_marks_of_exclamation_and_question_add_nothing() -> None:
    assert score("Great care!!!!").compound == score("Great care.").compound == score("Great care??").compound
    assert score("GREAT care").compound > score("great care").compound


@pytest.mark.statement("V4")
@pytest.mark.parametrize(
    ("glued", "apart"),
    [
        ("It was great.She is rude.", ["It was great.", "She is rude."]),
        ("It was great...she is rude", None),
        ("friendly,caring", None),
        ("rude/dismissive", None),
        ("kind--gentle", None),
    ],
)
def test_words_that_a_missing_space_glued_are_read_apart(glued: str, apart: list[str] | None) -> None:
    found = score(glued)
    assert len([hit for sentence in found.evidence for hit in sentence.hits]) == 2
    if apart:
        assert [glued[sentence.start : sentence.end] for sentence in found.evidence] == apart


def test_odd_spacing_moves_no_offset() -> None:
    for text in ("  Kind  staff.\tRude   desk. ", "Kind\xa0staff.\x1cRude desk.", "Kind staff.  Rude desk.\r\n\r\nok"):
        found = score(text)
        terms = [hit.term for sentence in found.evidence for hit in sentence.hits]
        assert terms == ["Kind", "Rude"]
        assert [text[h.start : h.end] for s in found.evidence for h in s.hits] == terms
