"""French as beta: its own words, phrases, negators and boosters on the same engine."""

import pytest

from reviews import sentiment
from reviews.model import Sentiment

SCORER = sentiment.load()


def score(text: str) -> Sentiment:
    found = SCORER.score("", text, "fr-CA")
    assert found is not None
    return found


@pytest.mark.statement("V36")
@pytest.mark.parametrize("language", ["de", "es", "ar", None])
def test_other_languages_are_not_scored_at_all(language: str | None) -> None:
    assert SCORER.score("", "Der Krieg war gut, wonderful", language) is None


@pytest.mark.statement("V36")
def test_english_points_do_not_leak_into_french() -> None:
    assert [hit.term for hit in score("Pain excellent, war, great, but top").evidence[0].hits] == ["excellent", "top"]


@pytest.mark.statement("V37")
def test_it_is_marked_as_beta_wherever_it_goes() -> None:
    assert score("Très gentil").is_beta
    assert score("Très gentil").scorer.startswith("clinic-fr/0-beta ")
    english = SCORER.score("", "Very kind", "en")
    assert english is not None
    assert not english.is_beta


@pytest.mark.statement("V37")
@pytest.mark.parametrize("negation", ["pas", "jamais", "aucunement", "pas très", "ni"])
def test_negators_turn_words_round(negation: str) -> None:
    assert score(f"Il n'est {negation} aimable").compound < 0 < score("Il est aimable").compound


@pytest.mark.statement("V37")
def test_boosters_strengthen_and_weaken() -> None:
    very, plain, little = (score(text).evidence[0].points for text in ("très aimable", "aimable", "peu aimable"))
    assert very > plain > little


@pytest.mark.statement("V37")
@pytest.mark.parametrize("text", ["Désagréable et déçue", "desagreable et decue", "desagréable et déçue"])
def test_accents_may_be_left_out(text: str) -> None:
    assert score(text).compound == score("désagréable et déçue").compound < 0


@pytest.mark.statement("V37")
def test_elided_words_are_read_and_stay_in_place() -> None:
    text = "L’accueil d'excellence; j’adore qu'on m’écoute."
    hits = [hit for sentence in score(text).evidence for hit in sentence.hits]
    assert [hit.term for hit in hits] == ["excellence", "adore", "écoute"]
    assert all(text[hit.start : hit.end] == hit.term for hit in hits)


def test_emoji_and_emoticons_speak_french_too() -> None:
    assert score("😍").label == "positive"
    assert score(":(").label == "negative"
