"""A reply weighed as a whole: what no pattern explains, and what a loose pattern has found."""

from dataclasses import replace

from reviews.rules.guard import Guard, Level
from reviews.rules.guard.catalogue import PERHAPS_A_STORY, SOUNDS_LIKE_A_STORY
from reviews.rules.guard.loading import load_lexicon
from reviews.rules.guard.weighing import FEWEST, Points, signs

LEXICON = load_lexicon()
PLAIN = "The garden looks green today and the fence has a fresh coat. Our kettle sings, our radio hums."
STORY_BY_PATTERN = "The cleaning went smoothly. The garden looks green today and the fence has a fresh coat."
SURE = "Thank you! See you next time. The garden looks green today and the fence has a fresh coat."


def guard_where_each_word_counts(tenths: int) -> Guard:
    names = {name for text in (PLAIN, STORY_BY_PATTERN, SURE) for _, _, name in signs(text)}
    return Guard(replace(LEXICON, points=Points(0.0, 0.75, -0.75, dict.fromkeys(names, tenths))))


def test_signs_are_words_pairs_and_beginnings_with_numbers_and_names_left_open() -> None:
    assert [name for _, _, name in signs("He waited 20 minutes. Dr. Quill")] == [
        "he", "waited", "he waited", "waite~", "#", "waited #", "minutes", "# minutes", "minut~", "dr", "minutes dr",
        "quill", "dr quill",
    ]  # fmt: skip
    assert [name for _, _, name in signs("We told Quill so")] == ["we", "told", "we told", "told *", "so", "* so"]


def test_points_add_up_once_a_sign_and_a_few_words_decide_nothing() -> None:
    text = "one two three four five six seven"
    points = Points(0.5, 1.0, -1.0, {name: 10 for _, _, name in signs(text)})
    known = len(points.of)
    assert known >= FEWEST
    assert points.weigh(text) == points.weigh(f"{text}. {text}") == 0.5 + known / (known + 10) ** 0.5
    assert points.weigh("one two three") == 0.0


def test_a_reply_without_a_pattern_is_blocked_by_its_words_together_and_the_finding_shows_the_sentence() -> None:
    assert guard_where_each_word_counts(0)(PLAIN).level is not Level.BLOCK
    (finding,) = guard_where_each_word_counts(10)(PLAIN).of("R1")
    assert (finding.severity, finding.reason) == (Level.BLOCK, SOUNDS_LIKE_A_STORY)
    assert finding.words == "The garden looks green today and the fence has a fresh coat."


def test_what_a_loose_pattern_finds_in_a_reply_that_reads_harmless_only_warns() -> None:
    assert guard_where_each_word_counts(0)(STORY_BY_PATTERN).level is Level.BLOCK
    verdict = guard_where_each_word_counts(-10)(STORY_BY_PATTERN)
    assert verdict.level is Level.WARN
    assert {finding.reason for finding in verdict.of("R1")} == {PERHAPS_A_STORY}


def test_what_a_sure_pattern_finds_is_blocked_whatever_the_rest_sounds_like() -> None:
    assert guard_where_each_word_counts(-50)(SURE).level is Level.BLOCK
