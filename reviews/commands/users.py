"""`reviews user`: people who may log in."""

from collections.abc import Iterator

from reviews.clock import utc_now
from reviews.commands.collect import find_group
from reviews.errors import ConfigError
from reviews.storage import Storage, audit, people
from reviews.web.passwords import find_fault, hash_password

LONGEST_EMAIL = 254


def list_people(storage: Storage) -> Iterator[str]:
    """One line a person: mail address, name, groups with roles."""
    with storage.read() as tx:
        for person in people.find_people(tx):
            roles = ", ".join(f"{m.role} of {m.group_name}" for m in people.find_memberships(tx, person.id))
            yield f"{person.email}  {person.name}  {roles or 'no group'}{'  (disabled)' if person.disabled_at else ''}"


def add_person(
    storage: Storage, *, email: str, name: str, role: str, group_public_id: str | None, password: str
) -> None:
    """Add a person to a group; raises ConfigError for a weak password or an address that exists."""
    if "@" not in email.strip("@") or not email.isprintable() or " " in email or len(email) > LONGEST_EMAIL:
        raise ConfigError(f"email: found {email[:80]!r}; expected an address such as robin@example.org")
    if fault := find_fault(password, (email,)):
        raise ConfigError(f"password: {fault}")
    now = utc_now()
    with storage.write() as tx:
        group = find_group(tx, group_public_id)
        if people.find_person_by_email(tx, email):
            raise ConfigError(f"{email} exists already")
        person = people.add_person(tx, email=email, name=name, password_hash=hash_password(password), now=now)
        g = tx.group(group.id)
        people.add_membership(g, person_id=person.id, role=role, now=now)
        audit.add_entry(
            g,
            now=now,
            person_id=None,
            action="person.added",
            object_kind="person",
            object_id=person.public_id,
            after={"role": role},
        )


def change_password(storage: Storage, *, email: str, password: str) -> None:
    """Set a password and end all login sessions; raises ConfigError for a weak one or an unknown address."""
    if fault := find_fault(password, (email,)):
        raise ConfigError(f"password: {fault}")
    with storage.write() as tx:
        person = people.find_person_by_email(tx, email)
        if person is None:
            raise ConfigError(f"nobody here has the address {email}")
        people.set_password(tx, person.id, hash_password(password))
        people.end_sessions_of(tx, person.id)
