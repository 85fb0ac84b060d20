"""Second factors: the sealed secret of a person, the last code that was taken, and codes for when it is lost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from reviews.errors import Conflict, SourceUnauthorized
from reviews.secrets_box import SecretsBox
from reviews.storage.engine import GroupTransaction, Transaction
from reviews.storage.values import find_time


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """A second factor: `sealed` is "" where none was begun, `since` None until a first code was right."""

    sealed: str
    since: datetime | None


def find_factor(tx: Transaction, person_id: int) -> SecondFactor:
    """The person's second factor; one with nothing in it for who has none."""
    row = tx.row("find_second_factor", id=person_id)
    if row is None:
        return SecondFactor(sealed="", since=None)
    return SecondFactor(sealed=row["totp_secret"], since=find_time(row["totp_since"]))


def begin(tx: Transaction, person_id: int, sealed: str) -> None:
    """Store a secret that no code has proved yet, in place of an earlier such one; raises Conflict if one is in use."""
    if tx.run("begin_second_factor", id=person_id, secret=sealed) != 1:
        raise Conflict("a second factor is in use")


def take_code(tx: Transaction, person_id: int, step: int) -> bool:
    """Note the time step of a right code; False if a code of this or a later step was taken already."""
    return tx.run("take_code", id=person_id, step=step) == 1


def confirm(tx: Transaction, person_id: int, code_hashes: Collection[str], now: datetime) -> None:
    """From now on a code is asked for; these are the recovery codes. Raises Conflict unless one was begun."""
    if tx.run("confirm_second_factor", id=person_id, now=now) != 1:
        raise Conflict("no second factor was begun")
    replace_recovery_codes(tx, person_id, code_hashes, now)


def replace_recovery_codes(tx: Transaction, person_id: int, code_hashes: Collection[str], now: datetime) -> None:
    """New recovery codes in place of all that are left."""
    tx.run("drop_recovery_codes", person_id=person_id)
    for code_hash in code_hashes:
        tx.run("add_recovery_code", code_hash=code_hash, person_id=person_id, now=now)


def use_recovery_code(tx: Transaction, person_id: int, code_hash: str) -> bool:
    """Use a recovery code up: True for the first who asks, False ever after."""
    return tx.run("drop_recovery_codes", person_id=person_id, code_hash=code_hash) == 1


def count_recovery_codes(tx: Transaction, person_id: int) -> int:
    """How many recovery codes are left."""
    row = tx.row("count_recovery_codes", person_id=person_id)
    return int(row["n"]) if row else 0


def end(tx: Transaction, person_id: int) -> None:
    """No code is asked for any more."""
    tx.run("end_second_factor", id=person_id)
    tx.run("drop_recovery_codes", person_id=person_id)


def require(g: GroupTransaction, required: bool) -> None:
    """Whether the people of the group must have a second factor."""
    g.run("set_second_factor_rule", required=required)


def reseal_all(tx: Transaction, box: SecretsBox) -> tuple[int, int]:
    """Put all secrets under the box's first key: how many were, and how many no key opens."""
    changed = unreadable = 0
    for row in tx.rows("find_sealed_factors"):
        if box.is_current(row["totp_secret"]):
            continue
        try:
            sealed = box.reseal(row["totp_secret"])
        except SourceUnauthorized:
            unreadable += 1
            continue
        changed += tx.run("put_sealed_factor", id=row["id"], secret=sealed, before=row["totp_secret"])
    return changed, unreadable
