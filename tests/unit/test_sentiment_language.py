"""Language comes first: the platform's word for it, else a careful detector that nothing but collecting loads."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from reviews import sentiment
from reviews.model import RawReview, Review
from reviews.normalize import Context, normalize_review
from reviews.normalize.language import detect
from tests.conftest import NOW

SCORER = sentiment.load()

SHORT = {
    "en": """Great service and friendly staff
        They were late again
        My tooth still hurts
        Would not come back
        Very thorough and kind
        Best dentist in town
        Rude people at the desk
        The wait was too long
        Everything was explained clearly
        Happy with my new crown""",
    "fr": """Très bon service et accueil
        Encore une heure de retard
        Je ne reviendrai pas
        Une équipe très gentille
        Personnel désagréable au téléphone
        Le meilleur dentiste de la ville
        Bien expliqué et sans douleur
        Attente beaucoup trop longue
        Merci pour vos bons soins
        Je recommande cette clinique""",
}


@pytest.mark.statement("V35")
def test_the_detector_is_recent_and_right_on_three_to_six_words() -> None:
    assert tuple(map(int, version("py3langid").split(".")[:2])) >= (0, 4)
    texts = [(code, line.strip()) for code, block in SHORT.items() for line in block.splitlines()]
    wrong = [text for code, text in texts if detect(text, ("en", "fr")) not in (code, None)]
    found = [text for code, text in texts if detect(text, ("en", "fr")) == code]
    assert wrong == []
    assert len(found) >= 0.9 * len(texts)


@pytest.mark.statement("V35")
@pytest.mark.parametrize(
    "module", ["reviews.sentiment", "reviews.web", "reviews.publish", "reviews.worker", "reviews.cli"]
)
def test_importing_a_part_of_the_program_does_not_load_the_detector(module: str) -> None:
    code = f"import sys, {module}; sys.exit('py3langid' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.statement("V36")
def test_what_is_not_recognised_is_not_scored() -> None:
    german = "Die Praxis war leider sehr unfreundlich und teuer"
    assert detect(german, ("en", "fr")) not in ("en", "fr")
    assert SCORER.score("", german, detect(german, ("en", "fr"))) is None


def accepted(languages: tuple[str, ...] = ("fr", "en"), **raw: str) -> Review:
    context = Context(source_origin="own_site", read_at=NOW, languages=languages)
    found = normalize_review(RawReview(place="x", **raw), context)  # type: ignore[arg-type]
    assert isinstance(found, Review)
    return found


@pytest.mark.statement("V34")
def test_the_language_is_the_platforms_else_found_else_the_clinics_first() -> None:
    german = "Die Ärztin hat sich viel Zeit genommen und alles erklärt."
    assert accepted(text=german, language="en-GB").language == "en"
    assert accepted(text="The nurse was kind and explained everything to me.").language == "en"
    assert accepted(text=german).language == "de"
    for short in ("Excellent!", "Super", "👍", "5/5"):
        assert accepted(text=short).language == "fr", short
        assert accepted(("en", "fr"), text=short).language == "en", short
    assert accepted(("en", "fr"), text="最高です").language != "en"
    assert accepted((), text="Excellent!").language is None


@pytest.mark.statement("V34")
def test_the_original_is_scored_and_never_the_translation() -> None:
    translation = "(Translated by Google) Wonderful, friendly, excellent staff!"
    read = accepted(text=f"{translation}\n\n(Original)\nLa réceptionniste était désagréable.")
    found = SCORER.score(read.title, read.text, read.language)
    assert read.translation is not None
    assert found is not None
    assert found.label == "negative"
    assert {hit.term for sentence in found.evidence for hit in sentence.hits} <= set(read.text.strip(".").split())
