"""Collecting: from a claimed source to stored reviews, figures and snapshots."""

from reviews.collect.connecting import disconnect
from reviews.collect.context import Context, open_context
from reviews.collect.doors import open_doors
from reviews.collect.importing import ImportReport, import_file
from reviews.collect.run import refresh, run_claim
from reviews.collect.values import GOOD, RunReport

__all__ = [
    "GOOD",
    "Context",
    "ImportReport",
    "RunReport",
    "disconnect",
    "import_file",
    "open_context",
    "open_doors",
    "refresh",
    "run_claim",
]
