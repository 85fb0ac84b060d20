"""`reviews health`: ask the web process of this installation whether it is ready, without any library."""

import http.client
import json
from urllib.parse import urlsplit

from reviews.config import Settings

SECONDS = 5.0


def ask(settings: Settings, url: str | None) -> tuple[bool, str]:
    """(ready, what was answered), of /readyz on loopback or at `url`; never raises for what the network does."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104 - compared, not bound
    parts = urlsplit(url or f"http://{host}:{settings.port}/readyz")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=SECONDS)
    try:
        connection.request("GET", parts.path or "/readyz")
        answer = connection.getresponse()
        body = answer.read(10_000)
        return answer.status == 200, json.dumps(json.loads(body))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return False, json.dumps({"ok": False, "error": type(error).__name__})
    finally:
        connection.close()
