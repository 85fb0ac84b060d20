"""Passwords: which are good enough, and how they are kept.

argon2id with 46 MiB and one pass (about 60 ms), after the OWASP Password Storage Cheat Sheet. At most two hashes are
computed at once in a process, so that a flood of logins cannot take all memory.
"""

import itertools
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from reviews.errors import ReviewsError
from reviews.i18n import N_

MIN_CHARACTERS = 12
MAX_BYTES = 1024
LONG_WORD = 20  # letters; a single word below is in every list of passwords
SIMULTANEOUS_HASHES = 2
WAIT_SECONDS = 5.0

_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_slots = threading.BoundedSemaphore(SIMULTANEOUS_HASHES)

# A well-formed hash of the same cost that no password fits: what an unknown account is compared with.
_NOBODY = "$argon2id$v=19$m=47104,t=1,p=1$bm9ib2R5Tm9ib2R5Tk8$" + "A" * 43

# Beginnings of everyday choices; a password made of these, of runs and of repeats alone is refused.
_EVERYDAY = [
    word
    for line in Path(__file__).with_name("everyday_words.txt").read_text(encoding="ascii").splitlines()
    if not line.startswith("#")
    for word in line.split()
]
_RUNS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm",
         "wxcvbn", "qwertzuiop", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp",
         "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "!@#$%^&*()")  # fmt: skip
_LEET = str.maketrans("013457@$!8", "oieastasib")


class HashingBusy(ReviewsError):
    """Too many logins at once; try again in a moment."""

    hint_default = "Many people are logging in at this moment. Please try again in a few seconds."


def find_fault(password: str, personal: tuple[str, ...] = ()) -> str | None:
    """Why a new password is refused, as a message id; None when it is good enough.

    No rules of composition: length, and not one of the usual ones. `personal` are words that must not make it up: the
    person's name and e-mail address, the clinic's name.
    """
    if len(password) < MIN_CHARACTERS:
        return N_("Please use at least 12 characters. Several words with spaces between them are good.")
    if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return N_("This password is too long: 1,024 bytes are the most.")
    if _is_everyday(password.lower(), _words(personal)):
        return N_("This password is easy to guess. Several unusual words with spaces between them are better.")
    return None


def _words(personal: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for text in personal for word in re.split(r"[\W_]+", text.lower()) if len(word) >= 3)


def _is_everyday(password: str, personal: tuple[str, ...]) -> bool:
    """Whether it is one word with digits or signs around it, or little is left without everyday words and runs."""
    letters = [run for run in re.split(r"[\W\d_]+", password) if len(run) >= 3]
    if len(letters) <= 1 and sum(map(len, letters)) < LONG_WORD and not _is_mixed(password):
        return True
    return any(_rest(form, personal) < 4 for form in (password, password.translate(_LEET)))


def _is_mixed(password: str) -> bool:
    """Whether letters and other signs change places often, as in what a password manager makes."""
    kinds = [character.isalpha() for character in password]
    return sum(a != b for a, b in itertools.pairwise(kinds)) >= 4


def _rest(text: str, personal: tuple[str, ...]) -> int:
    """How many characters are neither everyday word, personal word, run, repeat, digit nor sign; halves count once."""
    for size in range(1, len(text) // 2 + 1):
        if text == (text[:size] * (len(text) // size + 1))[: len(text)]:
            text = text[:size]
            break
    if len(text) < 5:
        return 0
    for word in sorted((*_EVERYDAY, *personal), key=len, reverse=True):
        text = text.replace(word, " ") if len(word) > 2 else re.sub(rf"\b{re.escape(word)}\b", " ", text)
    text = re.sub(r"(.)\1{2,}", r" ", text)
    for run in (*_RUNS, *(run[::-1] for run in _RUNS)):
        for size in range(len(run), 3, -1):
            for start in range(len(run) - size + 1):
                text = text.replace(run[start : start + size], " ")
    return len(re.sub(r"[\W\d_]", "", text))


def hash_password(password: str) -> str:
    """The argon2id text to keep; raises HashingBusy."""
    with _slot():
        return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def verify_password(kept: str | None, password: str) -> bool:
    """Whether the password fits; None (no such account) costs the same time and never fits. Raises HashingBusy."""
    raw = password.encode("utf-8", "surrogatepass")
    with _slot():
        try:
            fits = _hasher.verify(kept or _NOBODY, raw[: MAX_BYTES + 1])
        except (VerificationError, InvalidHashError):
            return False
    return bool(fits) and kept is not None and len(raw) <= MAX_BYTES


def is_outdated(kept: str) -> bool:
    """Whether a kept hash was made with other parameters than today's and should be made anew at login."""
    try:
        return bool(_hasher.check_needs_rehash(kept))
    except InvalidHashError:
        return True


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise HashingBusy("too many password hashes at once")
    try:
        yield
    finally:
        _slots.release()
