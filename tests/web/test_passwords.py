"""Which passwords are taken, and how they are kept."""

import threading

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from reviews.web import passwords

GOOD = [
    "violet lantern over the harbour",
    "kx8!fj2Lq9zPw-vR",
    "quatre tasses vertes au grenier",
    "ünïcödé gärten am fluss",
]
BAD = [
    "password", "short", "passwordpassword", "password1234", "123456789012", "qwertyuiopas", "aaaaaaaaaaaaaaaa",
    "iloveyou2024!!", "P@ssw0rd2025", "letmeinletmein", "abcdabcdabcdabcd", "azertyuiop12", "marseille13013",
    "Winter2026!!",
    "strawberries", "butterfly1987", "000000000000", "qazwsxedcrfv", "1q2w3e4r5t6y",
]  # fmt: skip


@pytest.fixture(autouse=True)
def cheap_hashes() -> None:
    """Here passwords cost what they cost in service."""


@pytest.mark.statement("T18", "A26")
@pytest.mark.parametrize("password", BAD)
def test_everyday_passwords_are_refused(password: str) -> None:
    assert passwords.find_fault(password) is not None


@pytest.mark.parametrize("password", GOOD)
def test_unusual_ones_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert passwords.find_fault(password) is None


def test_a_persons_own_words_do_not_make_a_password() -> None:
    assert passwords.find_fault("sagebrush juniper") is None
    assert passwords.find_fault("sagebrush juniper", ("Sagebrush Juniper", "")) is not None


@pytest.mark.statement("T18")
def test_length_is_counted_in_characters_and_capped_in_bytes() -> None:
    assert passwords.find_fault("é" * 5 + " xk2 qp") is None
    assert passwords.find_fault("ab cd ef gh ij " * 69) is not None


@pytest.mark.statement("T18", "A36")
def test_what_is_kept_is_argon2id_with_46_mib() -> None:
    kept = passwords.hash_password(GOOD[0])
    assert kept.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert not passwords.is_outdated(kept)
    assert passwords.verify_password(kept, GOOD[0])
    assert not passwords.verify_password(kept, GOOD[0] + " ")
    assert not passwords.verify_password(None, GOOD[0])


@pytest.mark.statement("T18")
def test_old_parameters_are_outdated_but_still_fit() -> None:
    old = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(GOOD[0])
    assert passwords.is_outdated(old)
    assert passwords.verify_password(old, GOOD[0])


@pytest.mark.statement("T18")
def test_bytes_beyond_72_count() -> None:
    long = "a long and winding sentence " * 4
    kept = passwords.hash_password(long + "one")
    assert passwords.verify_password(kept, long + "one")
    assert not passwords.verify_password(kept, long + "two")


def test_a_broken_hash_fits_nothing() -> None:
    assert not passwords.verify_password("not a hash", GOOD[0])
    assert passwords.is_outdated("not a hash")


@given(st.text(max_size=60))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    fault = passwords.find_fault(text)
    assert fault is None or isinstance(fault, str)
    if len(text) < passwords.MIN_CHARACTERS:
        assert fault is not None


@pytest.mark.statement("T16", "A44")
def test_no_more_than_two_hashes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on = threading.Semaphore(0), threading.Event()

    class Slow:
        def hash(self, raw: bytes) -> str:
            entered.release()
            assert go_on.wait(90)
            return "hash"

    monkeypatch.setattr(passwords, "_hasher", Slow())
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    threads = [threading.Thread(target=passwords.hash_password, args=("x",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=90)
    assert entered.acquire(timeout=90)
    try:
        with pytest.raises(passwords.HashingBusy):
            passwords.hash_password("third")
    finally:
        go_on.set()
        for thread in threads:
            thread.join()
