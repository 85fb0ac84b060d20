"""English or French, by the small words that only one of them has; None where that is not clear."""

import re

_ENGLISH_WORDS = """
the and you your we our is are was were to of for with that this it have has from they she he not be will can thank
thanks please very but would been my their there here what who when how all so at by us had do does an it's we're i'm i
"""
_FRENCH_WORDS = """
le la les des et vous votre vos nous notre nos est sont etait une un du de pour avec que qui ce cette il elle pas ne je
mon ma mes merci tres mais dans sur au aux chez bien plus leur leurs ils elles tout tous y ete avons avez ont j'ai c'est
a bonjour en se sa son
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FRENCH = frozenset(_FRENCH_WORDS.split())


def guess_language(folded: str) -> str | None:
    """``en`` or ``fr`` for a folded text with at least two small words, twice as many as of the other language."""
    words = re.findall(r"[a-z']+", folded[:2000])
    words = [part for word in words for part in ([word] if word in _ENGLISH or word in _FRENCH else word.split("'"))]
    english = sum(word in _ENGLISH for word in words)
    french = sum(word in _FRENCH for word in words)
    if max(english, french) < 2 or max(english, french) < 2 * min(english, french):
        return None
    return "en" if english > french else "fr"
