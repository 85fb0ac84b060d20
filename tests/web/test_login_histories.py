"""Log-in, log-out, idling, ending and disabling in any order: who is in is what a small model says."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.storage import Storage, people
from reviews.web import auth
from tests.conftest import FakeClock
from tests.web.support import BASE, PASSWORD, PASSWORD_HASH, World, get, post, tokens

DEVICES = 3
ADDRESSES = cycle(range(1, 250))
ACTS = ("log in", "log in", "wrong", "log out", "end others", "steal", "wait", "sleep", "work on", "disable")
HISTORIES = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, DEVICES - 1)), min_size=2, max_size=12)


@dataclass
class Device:
    """A browser, and what the model knows of it: since when it is in, and when it was last used."""

    client: FlaskClient
    since: datetime | None = None
    used: datetime | None = None


@dataclass
class Model:
    """One person with some browsers; `stolen` are copies of sessions that must open nothing once theirs has ended."""

    app: Flask
    clock: FakeClock
    email: str
    devices: list[Device] = field(default_factory=list)
    is_disabled: bool = False

    def is_in(self, device: Device) -> bool:
        if device.since is None or device.used is None or self.is_disabled:
            return False
        return self.clock() - device.used <= auth.IDLE and self.clock() - device.since <= auth.ABSOLUTE

    def log_in(self, device: Device, password: str) -> None:
        self.clock.advance(minutes=1)  # so that no limit on attempts is met
        was_in = self.is_in(device)
        answer = device.client.get("/login", base_url=BASE)
        assert answer.status_code == (303 if was_in else 200)
        if was_in:
            return
        answer = device.client.post(
            "/login", data={"email": self.email, "password": password, **tokens(device.client, "/login")},
            base_url=BASE, environ_overrides={"REMOTE_ADDR": f"203.0.113.{next(ADDRESSES)}"},
        )  # fmt: skip
        is_right = password == PASSWORD and not self.is_disabled
        assert answer.status_code == (303 if is_right else 400)
        if is_right:
            device.since = device.used = self.clock()

    def check(self) -> None:
        for number, device in enumerate(self.devices):
            expected = self.is_in(device)
            assert (get(device.client, "/inbox").status_code == 200) is expected, number
            device.since, device.used = (device.since, self.clock()) if expected else (None, None)


@pytest.mark.statement("Q12", "T15", "A32")
def test_in_any_order_who_is_in_is_who_the_model_says(
    app: Flask, world: World, storage: Storage, clock: FakeClock
) -> None:
    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(HISTORIES)
    def check(history: list[tuple[str, int]]) -> None:
        model = Model(app, clock, f"{secrets.token_hex(8)}@north.example.org")
        with storage.write() as tx:
            person = people.add_person(tx, email=model.email, name="P", password_hash=PASSWORD_HASH, now=clock())
            people.add_membership(tx.group(world.group_id), person_id=person.id, role="owner", now=clock())
        model.devices = [Device(app.test_client()) for _ in range(DEVICES)]
        for act, number in history:
            device = model.devices[number]
            if act in ("log in", "wrong"):
                model.log_in(device, PASSWORD if act == "log in" else "not the password")
            elif act == "log out" and model.is_in(device):
                post(device.client, "/logout", form_on="/inbox")
                device.since = None
            elif act == "end others" and model.is_in(device):
                post(device.client, "/settings/sessions/end-others", form_on="/settings/sessions")
                for other in model.devices:
                    other.since = other.since if other is device else None
            elif act == "steal" and model.is_in(device):
                # A copy of the cookie before a new log-in is worth nothing after it.
                copied = device.client.get_cookie("reviews_session", domain="127.0.0.1")
                assert copied is not None
                post(device.client, "/logout", form_on="/inbox")
                device.since = None
                model.log_in(device, PASSWORD)
                thief = app.test_client()
                thief.set_cookie("reviews_session", copied.value, domain="127.0.0.1")
                assert get(thief, "/inbox").status_code == 303
            elif act in ("wait", "sleep", "work on"):
                clock.advance(minutes={"wait": 20, "sleep": 31}.get(act, 20))
            elif act == "disable" and number == 0:
                with storage.write() as tx:
                    people.disable_person(tx, person.id, clock())
                model.is_disabled = True
            model.check()

    check()
