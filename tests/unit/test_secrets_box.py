"""Secrets at rest: sealed, opened by any key, moved to the first one."""

import json

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from reviews.config import Settings
from reviews.errors import SourceUnauthorized
from reviews.secrets_box import SecretsBox

OLD, NEW = Fernet.generate_key(), Fernet.generate_key()
SECRETS = {"refresh_token": "1//canary-of-the-clinic", "client_id": "é"}


@given(st.dictionaries(st.text(), st.text(), max_size=5))
def test_what_is_sealed_can_be_opened_and_not_read(secrets: dict[str, str]):
    box = SecretsBox([OLD])
    sealed = box.seal(secrets)
    assert box.open(sealed) == secrets
    assert not any(value in sealed for value in secrets.values() if len(value) > 8)


def test_two_seals_of_the_same_differ():
    box = SecretsBox([OLD])
    assert box.seal(SECRETS) != box.seal(SECRETS)


def test_nothing_sealed_holds_nothing():
    assert SecretsBox([OLD]).open("") == {}
    assert SecretsBox([OLD]).reseal("") == ""


@pytest.mark.statement("T24", "A35")
def test_the_old_key_can_go_after_a_change_of_keys():
    sealed = SecretsBox([OLD]).seal(SECRETS)
    both = SecretsBox([NEW, OLD])
    assert both.open(sealed) == SECRETS
    assert not both.is_current(sealed)
    moved = both.reseal(sealed)
    assert both.is_current(moved)
    assert SecretsBox([NEW]).open(moved) == SECRETS


@pytest.mark.parametrize("sealed", ["gibberish", SecretsBox([OLD]).seal(SECRETS)[:-4], SecretsBox([NEW]).seal(SECRETS)])
def test_what_no_key_opens_asks_for_connecting_again(sealed: str):
    with pytest.raises(SourceUnauthorized) as caught:
        SecretsBox([OLD]).open(sealed)
    assert "connect it again" in caught.value.hint
    assert "canary" not in str(caught.value)


def test_something_else_under_our_key_is_not_taken_for_secrets():
    token = Fernet(OLD).encrypt(json.dumps({"n": 1}).encode()).decode()
    assert SecretsBox([OLD]).open(token) == {"n": "1"}
    with pytest.raises(SourceUnauthorized):
        SecretsBox([OLD]).open(Fernet(OLD).encrypt(b"no json").decode())


def test_keys_of_the_settings_fit():
    settings = Settings(secret_keys=("a" * 40, "b" * 40))
    assert SecretsBox(settings.fernet_keys()).open(SecretsBox(settings.fernet_keys()[1:]).seal(SECRETS)) == SECRETS
