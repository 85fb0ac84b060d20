"""Sentiment: what is scored, what is not, and that the score is what its evidence adds up to."""

import builtins
import json
import math
import re
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import sentiment
from reviews.model import Sentiment
from reviews.sentiment.command import score_lines
from reviews.sentiment.reader import combine

SCORER = sentiment.load()
label_of = SCORER.limits.label
ANY_TEXT = st.text(max_size=300) | st.lists(
    st.sampled_from(
        [
            "good",
            "NOT",
            "never",
            "so",
            "pain",
            "but",
            "least",
            "kind of",
            "no",
            ":)",
            "😀",
            ".",
            "!",
            "\n",
            "didn’t",
            "…",
        ]
    ),
    max_size=60,
).map(" ".join)


def score(text: str, title: str = "", language: str | None = "en") -> Sentiment:
    found = SCORER.score(title, text, language)
    assert found is not None
    return found


@pytest.mark.statement("V1")
def test_scoring_opens_no_file_after_load(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = sentiment.load()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("scoring opened a file")

    monkeypatch.setattr(builtins, "open", refuse)
    assert scorer.score("", "A kind, gentle team.", "en") is not None


@pytest.mark.statement("V1")
def test_threads_get_the_answers_that_one_thread_gets() -> None:
    texts = [f"The staff were kind but I waited {n} hours. Never again! 😀" for n in range(40)]
    alone = [SCORER.score("", text, "en") for text in texts]
    together: list[list[Sentiment | None]] = [[] for _ in range(4)]
    threads = [
        threading.Thread(target=lambda answers=answers: answers.extend(SCORER.score("", text, "en") for text in texts))
        for answers in together
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [alone] * 4


@pytest.mark.statement("V2")
@pytest.mark.parametrize("text", ["", " \n\t ", "!!!", "… —", "?!", "“”"])
def test_a_text_that_says_nothing_has_no_sentiment(text: str) -> None:
    assert SCORER.score("", text, "en") is None


@pytest.mark.statement("V2")
@pytest.mark.parametrize("language", ["de", "es", None, "", "enx"])
def test_a_language_without_a_lexicon_has_no_sentiment(language: str | None) -> None:
    assert SCORER.score("", "Great, wonderful, excellent.", language) is None


@pytest.mark.statement("V2")
@pytest.mark.parametrize("text", [":)", "👍", "ok", "5"])
def test_emoticons_emoji_and_short_words_are_scored(text: str) -> None:
    assert SCORER.score("", text, "en-CA") is not None


@pytest.mark.statement("V2")
def test_the_title_is_part_of_the_text_and_offsets_count_from_its_beginning() -> None:
    found = score("They were great.", title="Awful wait")
    whole = "Awful wait\nThey were great."
    assert [hit.term for sentence in found.evidence for hit in sentence.hits] == ["Awful", "great"]
    assert all(whole[hit.start : hit.end] == hit.term for sentence in found.evidence for hit in sentence.hits)
    assert score("Good.", title=" ").evidence[0].start == 0


@pytest.mark.statement("V3")
@pytest.mark.parametrize(
    ("curly", "straight"),
    [
        ("They didn’t help at all.", "They didn't help at all."),
        ("They didn´t help", "They didn't help"),
        ("They didn`t help", "They didn't help"),
        ("“Great” they said", '"Great" they said'),
        ("«Great» „care‟", '"Great" "care"'),
        ("Nice—but rude", "Nice but rude"),
        ("Not–good", "Not good"),
    ],
)
def test_curly_marks_read_as_straight_ones(curly: str, straight: str) -> None:
    assert score(curly).compound == score(straight).compound


def test_a_curly_negation_turns_the_word_round() -> None:
    assert score("They didn’t help at all").compound < 0 < score("They did help").compound


@pytest.mark.statement("V4")
@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        ('He said "no." Then left.', ['He said "no."', "Then left."]),
        ("First line\nsecond line\r\nthird", ["First line", "second line", "third"]),
        ("It was great.She is kind.", ["It was great.", "She is kind."]),
        ("Open 9.30 to 5. At U.S.A street", ["Open 9.30 to 5.", "At U.S.A street"]),
        ("Dr. Who was kind. Thanks", ["Dr. Who was kind.", "Thanks"]),
        ("  spaces   ", ["spaces"]),
        ("", []),
    ],
)
def test_sentences_end_where_readers_end_them(text: str, sentences: list[str]) -> None:
    found = SCORER.score("", text, "en")
    assert [text[each.start : each.end] for each in (found.evidence if found else ())] == sentences


@pytest.mark.statement("V4")
def test_a_negation_never_reaches_over_the_end_of_a_sentence() -> None:
    assert score("He did not. Great care.").compound > 0
    assert score("I would not say great.").compound < 0


@pytest.mark.statement("V4")
def test_a_but_weighs_only_its_own_sentence() -> None:
    assert score("Great place. Small but clean.").evidence[0] == score("Great place.").evidence[0]


@pytest.mark.statement("V6")
@given(
    st.permutations(
        ["The staff are kind.", "I waited for an awful hour.", "Not good.", "Very clean rooms!", "😀 nice."]
    )
)
def test_the_order_of_sentences_does_not_matter(sentences: list[str]) -> None:
    assert abs(score(" ".join(sentences)).compound - score(" ".join(sorted(sentences))).compound) <= 0.0001


@pytest.mark.statement("V6")
@given(ANY_TEXT)
def test_doubling_a_text_keeps_the_sign(text: str) -> None:
    once = SCORER.score("", text, "en")
    twice = SCORER.score("", f"{text}\n{text}", "en")
    if once is None or abs(once.compound) < 0.001:
        return
    assert twice is not None
    assert math.copysign(1, once.compound) == math.copysign(1, twice.compound)


@pytest.mark.statement("V7")
@pytest.mark.parametrize(
    ("compound", "label"),
    [
        (-1, "negative"),
        (-0.1901, "negative"),
        (-0.19, "neutral"),
        (0, "neutral"),
        (0.09, "neutral"),
        (0.0901, "positive"),
    ],
)
def test_labels_change_at_the_two_limits(compound: float, label: str) -> None:
    assert label_of(compound) == label


@pytest.mark.statement("V7")
@given(st.floats(-200, 200), st.floats(0.5, 50), st.integers(1, 900))
def test_the_compound_rises_with_the_points_and_stays_in_bounds(points: float, more: float, tokens: int) -> None:
    low, high = combine([points], tokens), combine([points + more], tokens)
    assert -1 <= low <= high <= 1


@pytest.mark.statement("V8")
def test_the_compound_is_ours_and_not_the_stock_one() -> None:
    text = "The staff were rude but the care was good."
    assert score(text).compound != SCORER.stock(text)["compound"]
    assert "stock" not in set(Sentiment.__dataclass_fields__)


@pytest.mark.statement("V20", "V7")
@given(ANY_TEXT)
def test_the_score_is_what_the_evidence_adds_up_to(text: str) -> None:
    found = SCORER.score("", text, "en")
    if found is None:
        return
    for sentence in found.evidence:
        assert abs(sum(hit.points for hit in sentence.hits) - sentence.points) <= 0.02
        for hit in sentence.hits:
            assert text[hit.start : hit.end] == hit.term
            assert sentence.start <= hit.start < hit.end <= sentence.end
    x = sum(s.points for s in found.evidence) / math.sqrt(sum(s.tokens for s in found.evidence) + 5)
    assert abs(x / math.sqrt(x * x + 4) - found.compound) <= 0.01
    assert found.label == label_of(found.compound)
    starts = [sentence.start for sentence in found.evidence]
    assert starts == sorted(starts)


@pytest.mark.statement("V19")
def test_sentences_with_nothing_in_them_are_evidence_too() -> None:
    found = score("We parked outside. Very friendly desk.")
    assert [(s.tokens, [h.term for h in s.hits]) for s in found.evidence] == [(3, []), (3, ["friendly"])]
    assert found.evidence[1].hits[0].source == "vader"


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [("good", "very good"), ("It was good", "It was GOOD"), ("not good", "good")],
)
def test_vaders_own_rules_decide_the_points(weaker: str, stronger: str) -> None:
    def points(text: str) -> float:
        return score(text).evidence[0].points

    assert points(weaker) < points(stronger)


def test_an_emoji_is_one_token_and_one_hit_at_its_place() -> None:
    found = score("Wow😍nice")
    assert [(hit.term, hit.start) for hit in found.evidence[0].hits] == [("Wow", 0), ("😍", 3), ("nice", 4)]
    assert found.evidence[0].tokens == 3


@pytest.mark.statement("Q6", "V25")
@pytest.mark.parametrize(
    "text",
    [
        "x" * 50_000,
        "but " * 12_500,
        "good but " * 6_000,
        "ok " + "! " * 5_000,
        "ok" + "!" * 10_000,
        "😀" * 5_000,
        "😀 x. " * 5_000,
        "great.She " * 3_000,
        "\0" * 100 + "fine",
        "bad \ud800 good \udfff",
        "e\u0301" * 4_000,
        "שלום good " * 1_000,
        "ALL CAPS ARE GREAT " * 500,
        "nice\r\nnice\r\n",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_texts_are_bounded_and_get_an_answer(text: str) -> None:
    found = score(text)
    assert -1 <= found.compound <= 1
    read = max(sentence.end for sentence in found.evidence)
    assert read <= 5_000
    assert found.cut == (len(text) > 5_000 or text.count("😀") > 100)


@pytest.mark.statement("F7")
def test_the_cap_is_exact_and_recorded() -> None:
    assert not score("a" * 4_995 + " good").cut
    late = score("a" * 4_996 + " good")
    assert late.cut
    assert late.compound == 0.0
    assert not score("😀" * 100).cut
    assert score("😀" * 101).cut


@pytest.mark.statement("V22")
def test_the_scorer_names_code_language_and_data() -> None:
    assert SCORER.name == sentiment.load().name
    assert re.fullmatch(r"clinic-en/1 clinic-fr/0-beta vader/3\.3\.2 [0-9a-f]{8}", SCORER.name)
    digest = SCORER.name.split()[-1]
    assert score("good").scorer == f"clinic-en/1 vader/3.3.2 {digest}"
    assert score("bon", language="fr").scorer == f"clinic-fr/0-beta vader/3.3.2 {digest}"


# ---------------------------------------------------------------- the command's lines
def answers(*lines: str, vader: bool = False) -> list[tuple[dict[str, Any] | None, str | None]]:
    found = score_lines(lines, SCORER, detect=lambda text: "fr" if "très" in text else "en", vader=vader)
    return [(json.loads(answer) if answer else None, fault) for answer, fault in found]


def test_an_answer_has_the_published_keys() -> None:
    (answer, fault), *_ = answers('{"id": "17", "text": "Lovely staff. They parked.", "language": "en", "more": 1}')
    assert fault is None
    assert answer is not None
    assert list(answer) == ["id", "compound", "label", "themes", "evidence", "scorer"]
    assert answer["id"] == "17"
    assert answer["evidence"][0] == {
        "start": 0,
        "end": 13,
        "tokens": 2,
        "points": 2.8,
        "hits": [{"start": 0, "end": 6, "term": "Lovely", "points": 2.8, "source": "vader"}],
    }


def test_a_text_that_cannot_be_scored_has_nulls_and_a_scorer() -> None:
    (answer, _), *_ = answers('{"id": 3, "text": "Das ist sehr gut.", "language": "de"}')
    assert answer == {"id": 3, "compound": None, "label": None, "themes": [], "evidence": [], "scorer": SCORER.name}


@pytest.mark.statement("V23")
def test_faulty_lines_are_skipped_by_number_and_the_rest_is_answered() -> None:
    lines = ['{"id": "1", "text": "Good."}', "no json", "[1]", '{"id": "4"}', '{"text": "x"}', '{"id": 6, "text": 7}']
    lines += [
        '{"id": NaN, "text": "x"}',
        '{"id": 1e999, "text": "x"}',
        '{"id": 9, "text": "x", "language": 5}',
        "[" * 9_999,
    ]
    found = answers(*lines, '{"id": "11", "text": "Bad."}')
    assert [answer["id"] if answer else None for answer, _ in found] == ["1", *[None] * 9, "11"]
    assert [fault.split(":")[0] for _, fault in found if fault] == [f"line {n}" for n in range(2, 11)]


@pytest.mark.statement("V23")
def test_lines_are_answered_as_they_come() -> None:
    def endless() -> Any:
        while True:
            yield '{"id": "1", "text": "Good."}'

    stream = score_lines(endless(), SCORER, detect=lambda _: "en")
    assert all(next(stream)[1] is None for _ in range(50))


@pytest.mark.statement("V24")
def test_vader_adds_the_stock_numbers_in_any_language() -> None:
    (answer, _), *_ = answers('{"id": "1", "text": "Great!!", "language": "de"}', vader=True)
    assert answer is not None
    assert answer["compound"] is None
    assert answer["vader"] == SCORER.stock("Great!!")
    assert set(answer["vader"]) == {"neg", "neu", "pos", "compound"}


@pytest.mark.statement("V25")
def test_lone_surrogates_and_nul_are_escaped_in_answers() -> None:
    (answer, fault), *_ = answers(json.dumps({"id": "\ud800", "text": "good \ud800\0"}))
    assert fault is None
    assert answer is not None
    assert answer["id"] == "\ud800"
