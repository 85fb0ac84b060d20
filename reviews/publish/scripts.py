"""The widget's script under addresses that never change: one for each released version, with its integrity.

`v1.min.js` is the newest; what was released before lies in the folder `frozen`, one file a version. A released script
is never changed or removed, because pages of others name its hash.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from reviews.publish.build import SHARED_HEADERS

VERSION = "1.0.0"
"""The version of `v1.min.js`. It rises with every released change; the old file moves to `frozen/<version>.js`."""
TYPE = "text/javascript; charset=utf-8"
FROZEN_HEADERS = (*SHARED_HEADERS, ("Cache-Control", "public, max-age=31536000, immutable"))


@dataclass(frozen=True, slots=True)
class Script:
    """One version of the script."""

    version: str
    body: bytes

    @property
    def path(self) -> str:
        """Its public path, which carries its hash."""
        return f"widget/{self.version}/{hashlib.sha256(self.body).hexdigest()[:20]}.js"

    @property
    def integrity(self) -> str:
        """What a page may write beside its address (W3C Subresource Integrity)."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.body).digest()).decode()


def find_scripts(folder: Path) -> list[Script]:
    """All versions, oldest first; the last is the newest."""
    older = sorted((folder / "frozen").glob("*.js"), key=lambda path: [int(part) for part in path.stem.split(".")])
    found = [Script(path.stem, path.read_bytes()) for path in older]
    return [*found, Script(VERSION, (folder / "v1.min.js").read_bytes())]


def manifest(script: Script) -> bytes:
    """Version, address below the installation, integrity and size of a script, as JSON."""
    body = {
        "version": script.version,
        "url": "/" + script.path,
        "integrity": script.integrity,
        "bytes": len(script.body),
    }
    return json.dumps(body).encode()
