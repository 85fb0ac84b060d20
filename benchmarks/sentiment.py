"""What understanding a text costs beside vaderSentiment, in one process, back to back; exactness, length, memory.

The texts are made from words of VADER's lexicon, its rules and ordinary sentences; nobody's reviews are in them.
"""

import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence

from vaderSentiment import vaderSentiment as library

from benchmarks.common import figure
from reviews import sentiment
from reviews.sentiment.vader import Vader

EXACT = 50_000
REVIEWS = 2_000
ROUNDS = 5

ORDINARY_WORDS = """
the my a and I was to of in for with we she he they had have is at on this that after before first visit
doctor dentist office appointment nurse tooth knee back shoulder week month years time told said asked gave made
came went room patient care treatment friend family husband daughter question insurance phone waiting
because when who"""
ORDINARY = ORDINARY_WORDS.split()
TELLING_WORDS = """
great friendly kind rude helpful best worst amazing professional knowledgeable thorough listened explained
pain good excellent recommend caring never not very so but no comfortable horrible terrible money waited late"""
TELLING = TELLING_WORDS.split()
SPECIAL_WORDS = "so this never without doubt least at very but BUT no nor or just enough kind of sort to die for the"
PHRASES = (
    "can't say enough", "took the time", "never rushed", "the pain is gone", "an hour late", "hung up on me",
    "waste of time", "above and beyond", "didn't listen", "highly recommend", "called me back",
)  # fmt: skip


def reviews(count: int, words: int, seed: int = 1) -> list[str]:
    """Texts with about as many telling words, phrases, sentences and double spaces as reviews of clinics have."""
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        text, length = [], max(3, round(rng.lognormvariate(0, 0.7) * words))
        while length > 0:
            size = min(length, rng.randint(4, 24))
            sentence = rng.choices(ORDINARY, k=size)
            for at in range(size):
                if rng.random() < 0.12:
                    sentence[at] = rng.choice(TELLING)
            if rng.random() < 0.15:
                sentence.insert(rng.randrange(size), rng.choice(PHRASES))
            text.append(" ".join(sentence).capitalize() + rng.choice(("...", "!", ".", ".", ".")))
            length -= size
        texts.append(rng.choice((" ", " ", "  ")).join(text))
    return texts


def nonsense(count: int, seed: int = 7) -> Iterator[str]:
    """Texts that visit every rule of VADER and odd white space."""
    rng = random.Random(seed)
    analyzer = library.SentimentIntensityAnalyzer()
    kinds = (
        list(analyzer.lexicon), library.NEGATE, list(library.BOOSTER_DICT), SPECIAL_WORDS.split(),
        " ".join(library.SPECIAL_CASES).split(), list(analyzer.emojis),
    )  # fmt: skip
    for _ in range(count):
        text = ""
        for kind in rng.choices(kinds, weights=(30, 10, 10, 30, 10, 8), k=rng.randint(0, 16)):
            word = rng.choice(kind)
            word = word.upper() if rng.random() < 0.15 else word
            mark = rng.choice(("!", "?", ".", ",", "!!!", "??", "...", '"')) if rng.random() < 0.2 else ""
            text += word + mark + rng.choice((" ", " ", " ", "  ", "\n", "\t", ""))
        yield text


def seconds(function: Callable[[str], object], texts: Sequence[str]) -> float:
    before = time.process_time()
    for text in texts:
        function(text)
    return time.process_time() - before


def best(functions: Sequence[Callable[[str], object]], texts: Sequence[str]) -> list[float]:
    """The best of five rounds of each, the functions taking turns, so that a busy machine is unfair to none."""
    rounds = [[seconds(function, texts) for function in functions] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def main() -> None:
    analyzer = library.SentimentIntensityAnalyzer()
    scorer = sentiment.load()
    failed = [exactness(analyzer), *speed(analyzer, scorer), length(scorer), memory(scorer)]
    sys.exit(int(any(failed)))


def exactness(analyzer: library.SentimentIntensityAnalyzer) -> bool:
    texts = [*nonsense(EXACT), *reviews(5_000, 60, seed=3)]
    ours = Vader()
    differing = sum(ours.stock(text) != analyzer.polarity_scores(text) for text in texts)
    figure("sentiment.exact.differing", differing, "texts", n=len(texts), workload="all four numbers; goal 0")
    return differing > 0


def speed(analyzer: library.SentimentIntensityAnalyzer, scorer: sentiment.Scorer) -> Iterator[bool]:
    """Reviews a second: the library, our base path, everything."""
    for words, judged in ((70, True), (10, False), (1_000, False)):
        texts = reviews(REVIEWS if words < 1_000 else 40, words)
        stock, base, whole = best(
            [analyzer.polarity_scores, scorer.stock, lambda text: scorer.score("", text, "en")], texts
        )
        count = len(texts)
        about = f"about {words} words"
        goal = "; goal 10 times" if judged else ""
        figure(f"sentiment.base.{words}", count / base, "reviews/s", n=count, workload=f"stock numbers, {about}{goal}",
               beside=count / stock, ratio=stock / base)  # fmt: skip
        goal = "; goal 2 times, wished 5" if judged else ""
        figure(f"sentiment.whole.{words}", count / whole, "reviews/s", n=count,
               workload=f"sentences, lexicon, phrases, themes, evidence; {about}{goal}",
               beside=count / stock, ratio=stock / whole)  # fmt: skip
        if judged:
            yield stock / base < 10
            yield stock / whole < 2


def length(scorer: sentiment.Scorer) -> bool:
    """A word, a character, an emoji in a long text beside one in a short text; 1 is linear, 1.5 is allowed."""
    pool = " ".join(reviews(1_200, 70, seed=5)).split()
    worst = 0.0
    for name, short, long in (
        ("words", [" ".join(pool[i : i + 500]) for i in range(0, 40_000, 500)],
         [" ".join(pool[i : i + 4_000]) for i in range(0, 40_000, 4_000)]),
        ("emoji", ["😀" * 500] * 10, ["😀" * 5_000]),
        ("mixed emoji", ["😀 x. " * 500] * 10, ["😀 x. " * 5_000]),
        ("50 kB of but", ["good but " * 555] * 10, ["good but " * 5_550]),
        ("50 kB without a space", ["x" * 5_000] * 10, ["x" * 50_000]),
    ):  # fmt: skip
        few, many = (min(seconds(scorer.stock, texts) for _ in range(ROUNDS)) for texts in (short, long))
        ratio = many / few
        figure(f"sentiment.length.{name.replace(' ', '_')}", 1_000 * many / len(long), "ms", n=len(long), ratio=ratio,
               workload="base path; ratio: the same length in ten (words: eighty) texts is 1; goal 1.5")  # fmt: skip
        worst = max(worst, ratio)
    three_thousand = " ".join(pool[:3_000])
    took = min(seconds(scorer.stock, [three_thousand]) for _ in range(ROUNDS))
    figure("sentiment.length.3000_words", 1_000 * took, "ms", n=1, workload="base path; goal 10 ms")
    whole = min(seconds(lambda text: scorer.score("", text, "en"), ["😀 x. " * 5_000]) for _ in range(ROUNDS))
    figure("sentiment.length.whole", 1_000 * whole, "ms", n=1, workload="5,000 emoji, cut at the cap; goal 50 ms")
    return worst > 1.5 or took > 0.01 or whole > 0.05


def memory(scorer: sentiment.Scorer) -> bool:
    """What a scorer holds, and that it stops growing however many words it meets."""
    tracemalloc.start()
    own = sentiment.load()
    for number in range(100_000):
        own.score("", f"word{number} and other{number} are kind", "en")
        own.stock(f"word{number}")
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    figure("sentiment.memory", held / 1e6, "MB", n=100_000, workload="after 200,000 distinct words; goal 60",
           peak=round(peak / 1e6, 1))  # fmt: skip
    return held > 60e6


if __name__ == "__main__":
    main()
