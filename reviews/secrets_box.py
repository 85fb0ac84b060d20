"""Secrets of connections at rest: sealed with the first key, opened with any (MultiFernet), so that keys can change.

A sealed text is a Fernet token over JSON. Whoever has the database without the keys has nothing.
"""

import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from reviews.errors import SourceUnauthorized

HINT_WRONG_KEY = (
    "The stored key of this connection cannot be read any more. Please connect it again. The last good figures stay."
)


class SecretsBox:
    """Seals and opens secrets; made of `Settings.fernet_keys()`, the first of which seals."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._first = Fernet(keys[0])

    def seal(self, secrets: Mapping[str, str]) -> str:
        """The sealed text, another one each time."""
        return self._fernet.encrypt(json.dumps(dict(secrets), sort_keys=True).encode()).decode("ascii")

    def open(self, sealed: str) -> dict[str, str]:
        """What was sealed; "" holds nothing. Raises SourceUnauthorized when no key fits."""
        if not sealed:
            return {}
        try:
            found = json.loads(self._fernet.decrypt(sealed.encode()))
        except (InvalidToken, ValueError) as error:
            raise SourceUnauthorized("secrets cannot be opened with any key", HINT_WRONG_KEY) from error
        return {str(name): str(value) for name, value in found.items()}

    def reseal(self, sealed: str) -> str:
        """The same secrets under the first key; raises SourceUnauthorized when no key fits."""
        return self.seal(self.open(sealed)) if sealed else ""

    def is_current(self, sealed: str) -> bool:
        """Whether the first key opens it, so that the others could go."""
        if not sealed:
            return True
        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True
