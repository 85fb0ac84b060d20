"""The geometry of charts: numbers become places on a canvas of 640 × 180. Pure; templates draw what is said here."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 180
LEFT, BOTTOM, TOP = 40, 22, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, with its value; where it is a gap it is as high as the canvas and has none."""

    x: float
    y: float
    width: float
    height: float
    label: str
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a line."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across with its number, or a label below."""

    place: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a chart draws: bars, or pieces of a line (it is broken where there is no value), ticks, grey bands."""

    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[Mark, ...], ...] = ()
    gaps: tuple[Bar, ...] = ()
    ticks: tuple[Tick, ...] = ()
    labels: tuple[Tick, ...] = ()
    notes: tuple[Tick, ...] = ()


def make_chart(
    values: Sequence[float | None],
    labels: Sequence[str],
    gaps: Sequence[bool],
    *,
    low: float = 0,
    high: float | None = None,
    is_line: bool = False,
    notes: Sequence[int] = (),
) -> Chart:
    """Bars, or a line with `is_line`, for one value a step; `notes` are the steps that carry a remark."""
    top = high if high is not None else _nice(max((value for value in values if value is not None), default=1))
    step = (WIDTH - LEFT) / max(1, len(values))

    def y_of(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / (top - low) * (HEIGHT - BOTTOM - TOP), 1)

    def x_of(number: int) -> float:
        return round(LEFT + number * step, 1)

    every = max(1, -(-len(values) // 8))
    bars, lines, piece = [], [], list[Mark]()
    for number, value in enumerate(values):
        if value is None:
            lines += [tuple(piece)] if piece else []
            piece = []
        elif is_line:
            piece.append(Mark(round(x_of(number) + step / 2, 1), y_of(value)))
        else:
            y = y_of(value)
            bars.append(Bar(round(x_of(number) + step * 0.15, 1), y, round(step * 0.7, 1), HEIGHT - BOTTOM - y, ""))
    lines += [tuple(piece)] if piece else []
    return Chart(
        bars=tuple(bars),
        lines=tuple(lines),
        gaps=tuple(
            Bar(x_of(number), TOP, round(step, 1), HEIGHT - BOTTOM - TOP, labels[number], is_gap=True)
            for number, is_gap in enumerate(gaps)
            if is_gap
        ),
        ticks=tuple(Tick(y_of(low + (top - low) * part / 2), _text(low + (top - low) * part / 2)) for part in range(3)),
        labels=tuple(
            Tick(round(x_of(number) + step / 2, 1), label) for number, label in enumerate(labels) if number % every == 0
        ),
        notes=tuple(Tick(round(x_of(number) + step / 2, 1), labels[number]) for number in sorted(set(notes))),
    )


def spark(values: Sequence[float | None], *, width: int = 96, height: int = 24) -> tuple[tuple[Mark, ...], ...]:
    """A small line without axes, broken where there is no value; flat in the middle where nothing changes."""
    known = [value for value in values if value is not None]
    low, span = min(known, default=0), (max(known, default=0) - min(known, default=0)) or 1
    flat = len(set(known)) < 2
    step = width / max(1, len(values) - 1)
    pieces, piece = [], list[Mark]()
    for number, value in enumerate(values):
        if value is None:
            pieces += [tuple(piece)] if piece else []
            piece = []
        else:
            share = 0.5 if flat else (value - low) / span
            piece.append(Mark(round(number * step, 1), round(height - 2 - share * (height - 4), 1)))
    return (*pieces, *([tuple(piece)] if piece else []))


def _nice(value: float) -> float:
    """A round number not below the value: 2, 4, 10, 20, 40, 100 …"""
    top = 2.0
    while top < value:
        top *= 2.5 if str(int(top))[0] == "4" else 2
    return top


def _text(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
