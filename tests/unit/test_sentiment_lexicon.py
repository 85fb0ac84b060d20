"""The guards over the lexicon that we ship; what a clinic may add is refused with row and column, or previewed."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE

import reviews.sentiment
from reviews import i18n, sentiment
from reviews.sentiment.lexicon import GROUPS, TOPICS, LexiconError, opposing, parse_table
from reviews.sentiment.preview import PastReview, preview
from reviews.sentiment.vader import Vader

SCORER = sentiment.load()
ENGLISH = SCORER.find_lexicon("en")
FRENCH = SCORER.find_lexicon("fr")
DATA = Path(reviews.sentiment.__file__).parent / "data"
WORDS = "word,points,group,reason\n"


def table(name: str) -> list[list[str]]:
    return list(csv.reader((DATA / name).read_text(encoding="utf-8").splitlines()))


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(LexiconError) as caught:
        SCORER.parse_own(text, "en")
    return [(fault.row, fault.column) for fault in caught.value.faults]


@pytest.mark.statement("V9")
def test_the_overlay_is_small_and_every_entry_says_why() -> None:
    assert len(ENGLISH.words) <= 280
    assert 40 <= len(ENGLISH.phrases) <= 240
    for lexicon in (ENGLISH, FRENCH):
        assert all(len(entry.reason) > 3 for entry in (*lexicon.words.values(), *lexicon.phrases.values()))
        assert all(keyword.reason for keyword in lexicon.keywords.values())


@pytest.mark.statement("V9")
@pytest.mark.parametrize(
    "name", [f"{lang}/{kind}.csv" for lang in ("en", "fr") for kind in ("words", "phrases", "themes")]
)
def test_the_tables_are_plain_and_sorted_one_entry_a_line(name: str) -> None:
    rows = table(name)[1:]
    keys = [row[:3] if name.endswith("themes.csv") else row[:1] for row in rows]
    assert keys == sorted(keys)
    assert len((DATA / name).read_text(encoding="utf-8").splitlines()) == len(rows) + 1
    assert all(len(row) == 4 for row in rows)


@pytest.mark.statement("V10")
def test_points_are_half_steps_and_zero_takes_a_word_out() -> None:
    for lexicon in (ENGLISH, FRENCH):
        for entry in (*lexicon.words.values(), *lexicon.phrases.values()):
            assert abs(entry.points) <= 4
            assert (entry.points * 2).is_integer()
    assert Vader().lexicon["hope"] > 0
    found = SCORER.score("", "hope", "en")
    assert found is not None
    assert found.evidence[0].hits == ()


@pytest.mark.statement("V11")
def test_each_sign_goes_with_its_group_and_only_conditions_and_courtesies_oppose_vader() -> None:
    for lexicon in (ENGLISH, FRENCH):
        for entry in (*lexicon.words.values(), *lexicon.phrases.values()):
            least, most = GROUPS[entry.group]
            assert entry.points == 0 or least <= entry.points <= most
            assert entry.points or entry.group in ("condition", "courtesy")
    assert opposing(ENGLISH.words, Vader().lexicon) == []


def test_the_sign_guard_sees_an_opposite_sign_also_behind_a_star() -> None:
    base = {"horrible": -2.5, "happy": 2.7}
    own = parse_table(WORDS + "horrib*,2,praise,\nhappy,-2,complaint,\n").words
    assert sorted(opposing(own, base)) == ["happy", "horrib*"]
    assert opposing(parse_table(WORDS + "happy,-1,courtesy,\n").words, base) == []


@pytest.mark.statement("V12")
def test_no_negator_and_no_booster_has_points() -> None:
    for word in (*NEGATE, *BOOSTER_DICT):
        if " " not in word:
            assert ENGLISH.words.get(word) is None
            assert ENGLISH.phrases.get(word) is None


@pytest.mark.statement("V12")
@pytest.mark.parametrize("word", ["not", "never", "Very", "hardly", "without", "extremel*", "incredible", "but"])
def test_an_entry_for_a_negator_or_booster_is_refused_with_its_line(word: str) -> None:
    assert faults(WORDS + f"kind,2,praise,\n{word},2,praise,\n") == [(3, "word")]
    assert faults(f"phrase,points,group,reason\n{word},2,praise,\n") == [(2, "phrase")]


@pytest.mark.statement("V12")
def test_a_negator_in_a_shipped_table_would_stop_the_program() -> None:
    with pytest.raises(LexiconError, match=r"words.csv row 2, word: .*not"):
        parse_table(WORDS + "not,-1,complaint,x\n", source="overlay", modifiers={"not"}, name="words.csv")


@pytest.mark.statement("V13")
def test_no_groups_of_people_and_no_traits_of_reviewers_carry_points() -> None:
    people = "old young man woman male female gay black white asian muslim jewish christian disabled elderly immigrant"
    languages = "english french spanish chinese arabic accent"
    for word in f"{people} {languages}".split():
        found = SCORER.score("", word, "en")
        assert found is not None
        assert found.evidence[0].hits == (), word
    health = "cancer depression anxiety injury pain tumor trauma"
    for word in health.split():
        entry = SCORER.find_entry(word, "en")
        assert entry is not None
        assert entry.group == "condition"


@pytest.mark.statement("V14")
def test_own_entries_add_change_and_mute_group_first_then_clinic() -> None:
    group = SCORER.parse_own(WORDS + "draughty,-1.5,complaint,our patients say so\nrude,0,courtesy,muted\n", "en")
    clinic = SCORER.parse_own(WORDS + "draughty,1,praise,here it is praise\n", "en")

    def points(scorer: sentiment.Scorer, text: str) -> list[tuple[float, str]]:
        found = scorer.score("", text, "en")
        assert found is not None
        return [(hit.points, hit.source) for hit in found.evidence[0].hits]

    assert points(SCORER, "draughty rude") == [(-3.0, "overlay")]
    assert points(SCORER.with_own({"en": [group]}), "draughty rude") == [(-1.5, "own")]
    assert points(SCORER.with_own({"en": [group, clinic]}), "draughty rude") == [(1.0, "own")]


@pytest.mark.statement("V14")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "header")]),
        ("a,b\n", [(1, "header")]),
        (WORDS + "nice\n", [(2, "header")]),
        (WORDS + "nice,1.3,praise,\n", [(2, "points")]),
        (WORDS + "nice,5,praise,\nbad,x,complaint,\nbad,nan,complaint,", [(2, "points"), (3, "points"), (4, "points")]),
        (WORDS + "nice,1,happy,\n", [(2, "group")]),
        (WORDS + "nice,-1,praise,\n", [(2, "points")]),
        (WORDS + ",1,praise,\n", [(2, "word")]),
        (WORDS + "ab*,1,praise,\n", [(2, "word")]),
        (WORDS + "nice,1,praise,\n\nNICE,2,praise,\n", [(4, "word")]),
        (WORDS + "?!,1,praise,\n", [(2, "word")]),
        (WORDS + "x" * 500 + ",1,praise,\n", [(2, "word")]),
        ("phrase,points,group,reason\n… nice,1,praise,\n", [(2, "phrase")]),
        ("theme,topic,word,reason\nweather,front_desk,rain,\n", [(2, "theme")]),
        ("theme,topic,word,reason\nstaff,outcome,desk,\n", [(2, "topic")]),
        (WORDS + "nice,1,praise,\n" * 2_001, [(2_000, "header")]),
    ],
)
def test_a_faulty_table_names_row_and_column_and_nothing_of_it_is_used(
    text: str, expected: list[tuple[int, str]]
) -> None:
    assert faults(text) == expected


def test_faults_speak_french() -> None:
    words = i18n.load().words("fr")
    with pytest.raises(LexiconError) as caught:
        SCORER.parse_own(WORDS + "nice,1,happy,\n", "en")
    (fault,) = caught.value.faults
    assert "n’est aucun de praise" in words.text(fault.message, **fault.values)


def test_a_table_from_a_spreadsheet_is_read() -> None:
    own = SCORER.parse_own('\ufeffWord,Points,Group,Reason\r\n Draughty ,"−1,5",Complaint,\r\n\r\n', "en")
    assert own.words["draughty"].points == -1.5


@pytest.mark.statement("V14")
def test_before_saving_one_sees_how_many_labels_change_and_the_largest_changes() -> None:
    past = [PastReview(number, "", f"{'draughty ' * number}visit", "en") for number in range(15)]
    past.append(PastReview(99, "", "draughty", "de"))
    own = SCORER.with_own({"en": [SCORER.parse_own(WORDS + "draughty,-2,complaint,\n", "en")]})
    seen = preview(SCORER, own, past)
    assert (seen.count, seen.labels_changed, seen.scores_changed) == (16, 14, 14)
    assert [change.id for change in seen.largest] == list(range(14, 4, -1))
    first = seen.largest[0]
    assert first.before is not None
    assert first.after is not None
    assert (first.before.label, first.after.label) == ("neutral", "negative")
    assert preview(SCORER, SCORER, past).labels_changed == 0


@pytest.mark.statement("V14", "V28")
def test_theme_words_are_added_and_muted_in_the_same_way_and_previewed() -> None:
    own = SCORER.parse_own(
        "theme,topic,word,reason\nfacility,premises_cleanliness,aquarium,ours\nnone,,rude*,muted\n", "en"
    )
    after = SCORER.with_own({"en": [own]})
    found = after.score("", "The aquarium is lovely and nobody was rude", "en")
    assert found is not None
    assert [theme.theme for theme in found.themes] == ["facility"]
    seen = preview(SCORER, after, [PastReview(1, "", "A new aquarium", "en"), PastReview(2, "", "Rude", "en")])
    assert seen.themes_changed == 2


@pytest.mark.statement("V22")
def test_the_name_changes_with_any_data_and_is_the_same_for_the_same_data() -> None:
    own = SCORER.parse_own(WORDS + "draughty,-2,complaint,\n", "en")
    same = SCORER.parse_own(WORDS + "draughty,-2.0,complaint,another reason\n", "en")
    changed = SCORER.with_own({"en": [own]})
    assert changed.name != SCORER.name
    assert changed.name == SCORER.with_own({"en": [same]}).name
    assert SCORER.with_own({}).name == SCORER.name
    limits = replace(SCORER.limits, negative_below=-0.2)
    assert sentiment.Scorer(Vader(), limits, SCORER._languages).name != SCORER.name


@pytest.mark.statement("V43")
def test_no_learned_weights_are_shipped() -> None:
    """A model is left out (docs/decisions): all data are hand-written tables with a reason in each row."""
    assert {path.suffix for path in DATA.rglob("*") if path.is_file()} == {".csv"}
    for path in DATA.rglob("*.csv"):
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        if rows[0][-1] == "reason":
            assert all(row[-1] for row in rows[1:]), path
    found = SCORER.score("", "They told me to come back and I left.", "en")
    assert found is not None
    assert {hit.source for sentence in found.evidence for hit in sentence.hits} <= {"vader", "overlay", "phrase"}


@pytest.mark.statement("V44")
def test_scoring_needs_no_numeric_library() -> None:
    import subprocess
    import sys

    heavy = "numpy torch onnxruntime sklearn transformers sentence_transformers fasttext"
    code = (
        "import sys; from reviews import sentiment; sentiment.load().score('', 'Kind staff.', 'en');"
        f"print([name for name in '{heavy}'.split() if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_topics_cover_all_eight_themes() -> None:
    assert set(TOPICS.values()) == {
        "waiting", "staff", "communication", "treatment", "booking", "billing", "facility", "access",
    }  # fmt: skip
    assert {keyword.topic for keyword in ENGLISH.keywords.values()} == set(TOPICS)
    assert {keyword.topic for keyword in FRENCH.keywords.values()} == set(TOPICS)


@pytest.mark.statement("V21")
def test_a_word_of_the_evidence_leads_to_its_entry() -> None:
    found = SCORER.score("", "Can’t say enough about the knowledgeable staff, lovely.", "en")
    assert found is not None
    entries = [SCORER.find_entry(hit.term, "en") for hit in found.evidence[0].hits]
    assert [entry.term if entry else None for entry in entries] == [
        "can't|couldn't say|speak|thank|praise|recommend … enough",
        "knowledgea*",
        None,
    ]
