"""What a text says, and which words made us say so: pure, apart from `load`, which reads the lexicon once."""

from reviews.sentiment.loading import load
from reviews.sentiment.own import OwnScorers
from reviews.sentiment.scorer import Scorer

__all__ = ["OwnScorers", "Scorer", "load"]
