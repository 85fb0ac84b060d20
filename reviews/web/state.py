"""What every page needs: the application's parts, and who is asking."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import current_app, g

from reviews.clock import Clock
from reviews.config import Settings
from reviews.i18n import Catalogue, Words
from reviews.rules import RuleBook
from reviews.storage import GroupTransaction, Storage, Transaction
from reviews.storage.groups import Group
from reviews.storage.people import Person
from reviews.web.policy import Right, may

if TYPE_CHECKING:
    from reviews.web.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The parts of the application, handed to `create_app`."""

    settings: Settings
    storage: Storage
    clock: Clock
    book: RuleBook
    catalogue: Catalogue
    services: "Services"
    secret: str
    log: Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who is logged in, and the group that they look at (None: they belong to none).

    `clinic_ids` are the clinics that they may see there, None: all.
    """

    person: Person
    session_id: int
    groups: tuple[Group, ...]
    group: Group | None
    role: str | None
    clinic_ids: frozenset[int] | None = None

    @property
    def lacks_second_factor(self) -> bool:
        """Whether the group asks for a second factor, and they have none."""
        required = self.group is not None and self.group.requires_second_factor
        return required and self.person.second_factor_since is None

    def may(self, right: Right) -> bool:
        """Whether their role in this group, or in the installation, includes a right."""
        if self.person.is_operator and may("operator", right):
            return True
        if right is Right.GROUP and self.clinic_ids is not None:
            return False
        return right is Right.PERSON or may(self.role, right)


def state() -> State:
    """The parts of the application that answers."""
    return cast(State, current_app.extensions["reviews"])


def find_visitor() -> Visitor | None:
    """Who is logged in, if anybody."""
    return cast("Visitor | None", g.get("visitor"))


def get_visitor() -> Visitor:
    """Who is logged in; only for pages that ask for it in the table of rights."""
    visitor = find_visitor()
    assert visitor is not None
    return visitor


def get_group() -> Group:
    """The group that is looked at; only for pages that ask for a right in a group."""
    group = get_visitor().group
    assert group is not None
    return group


def open_group(tx: Transaction) -> GroupTransaction:
    """The visitor's group in a transaction, limited to the clinics that they may see."""
    return tx.group(get_group().id, get_visitor().clinic_ids)


def get_words() -> Words:
    """The words of this request's language."""
    return cast(Words, g.words)
