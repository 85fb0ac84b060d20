"""Languages: found where they are clear, None where they are not, never one for another."""

import subprocess
import sys

import pytest

from reviews.normalize import language
from reviews.normalize.language import CANDIDATES, detect, primary_tag

CLINIC = ("en", "fr")

ENGLISH = (
    "The staff were very kind",
    "My shoulder feels much better now.",
    "I waited for an hour and nobody told me why.",
    "Great physio, highly recommended to everyone!",
    "Do not go there again",
    "No pain after two visits.",
    "She listens and explains everything.",
    "Parking is hard to find, though.",
    "THE BEST CLINIC I HAVE EVER BEEN TO",
    "they fixed my knee in 3 weeks",
)
FRENCH = (
    "Le personnel est très accueillant",
    "Mon épaule va beaucoup mieux maintenant.",
    "J'ai attendu une heure et personne ne m'a rien dit.",
    "Je recommande vivement cette clinique à tous.",
    "Plus aucune douleur après deux séances.",
    "LA MEILLEURE CLINIQUE DE LA VILLE",
)
OTHERS = {
    "de": "Sehr freundliches Team, ich bin nach zwei Terminen schmerzfrei.",
    "es": "El fisioterapeuta me explicó todo con mucha paciencia y volveré.",
    "it": "Il personale è stato molto gentile e mi ha spiegato tutto con calma.",
    "nl": "Heel vriendelijk personeel en na twee behandelingen geen pijn meer.",
    "pl": "Bardzo miła obsługa i po dwóch wizytach nie boli mnie kolano.",
    "pt": "A equipe foi muito gentil e depois de duas sessões não sinto mais dor.",
    "zh": "医生非常专业，护士也很友好，我会再来。",
    "ja": "先生はとても親切で、説明も丁寧でした。",
    "ar": "الطبيب كان لطيفا جدا وشرح لي كل شيء بهدوء",
    "ru": "Очень внимательный врач, после двух визитов колено не болит.",
}


@pytest.mark.parametrize("text", ENGLISH)
def test_english_of_four_words_or_more_is_found(text: str) -> None:
    assert detect(text, CLINIC) == "en"
    assert detect(text, ("en",)) == "en"


@pytest.mark.parametrize("text", FRENCH)
def test_french_is_found_at_a_french_clinic(text: str) -> None:
    assert detect(text, CLINIC) == "fr"


@pytest.mark.parametrize(("language", "text"), OTHERS.items())
def test_another_language_is_never_taken_for_one_of_the_clinics(language: str, text: str) -> None:
    assert detect(text, CLINIC) == language
    assert detect(text, ("en",)) == language


@pytest.mark.parametrize(
    "text", ["", "ok", "Great", "Merci", "👍", "5/5", "...", "Jane", "!!! ???", "Dr Kim", "100 200 300"]
)
def test_what_is_too_short_or_unclear_is_none(text: str) -> None:
    assert detect(text, CLINIC) is None


def test_two_words_count_only_when_they_are_certain() -> None:
    assert detect("Très bien", CLINIC) in ("fr", None)
    assert detect("Très bien", ("en",)) is None


def test_unknown_codes_and_tags_with_regions_are_accepted() -> None:
    assert detect("The staff were very kind", ("en-CA", "xx", "")) == "en"
    assert "en" in CANDIDATES


def test_long_texts_cost_no_more_than_their_beginning() -> None:
    assert detect("The staff were very kind. " + "x" * 1_000_000, CLINIC) == "en"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("fr-CA", "fr"), ("EN", "en"), ("pt_BR", "pt"), ("english", None), ("", None), (None, None), ("x-y", None)],
)
def test_tags_are_reduced_to_their_language(tag: str | None, expected: str | None) -> None:
    assert primary_tag(tag) == expected


def test_the_model_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, reviews.normalize; print('py3langid' in sys.modules, 'numpy' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "False"]


def test_plain_english_is_told_without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(own: frozenset[str]) -> None:
        raise AssertionError(f"the model was asked, for {own}")

    monkeypatch.setattr(language, "_identifier", refuse)
    assert detect("The nurse was kind and she explained everything to me before they began.") == "en"
    with pytest.raises(AssertionError):
        detect("Die Schwester war freundlich und hat mir alles erklärt, bevor es anfing.")
    with pytest.raises(AssertionError):
        detect("The nurse was kind and she explained everything to me.", ("fr", "de"))
