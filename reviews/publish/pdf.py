"""A page as a tagged PDF (PDF/UA-1, ISO 14289-1), written in a process of its own by the extra `pdf`.

The library is large and reads text that strangers wrote: the process ends with its page, and reaches nothing.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from reviews.errors import ConfigError

STYLE = Path(__file__).with_name("report.css")
SECONDS = 120
CANNOT = 3
CHILD = (sys.executable, "-m", "reviews.publish.pdf")


def has_writer() -> bool:
    """Whether the extra `pdf` is installed."""
    return find_spec("weasyprint") is not None


def write_pdf(html: str, name: str) -> bytes:
    """The page as PDF; the same page and name give the same bytes. Raises ConfigError where the extra does not work."""
    done = subprocess.run((*CHILD, name), input=html.encode(), capture_output=True, timeout=SECONDS, check=False)
    if done.returncode == CANNOT:
        raise ConfigError("the extra `pdf` is missing, or the system's Pango that it needs")
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise RuntimeError(f"no PDF was written: exit status {done.returncode}")
    return done.stdout


def main() -> None:
    """In the child: HTML in, PDF out."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):  # Pango is loaded with it
        sys.exit(CANNOT)

    class NoFetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> object:
            if url.startswith("data:image/"):  # the group's logo, inside the page
                return super().fetch(url, headers)
            raise ValueError(f"a report fetches nothing: {url[:80]}")

    page = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=NoFetcher())
    style = CSS(string=STYLE.read_text(encoding="utf-8"), url_fetcher=NoFetcher())
    pdf = page.write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1", pdf_identifier=sys.argv[1].encode())
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
