"""The one door to the network: fetches one page, politely and within limits, from public addresses only.

What it refuses and why is in `addresses` (which addresses may be asked), `session` (the address that was checked is the
one that is dialled; the deadline), `body` (half a body is no body; caps), `robots` and `pace` (manners).
"""

from reviews.fetcher.answer import Answer
from reviews.fetcher.fetcher import Fetcher, FetchPolicy
from reviews.fetcher.pace import Pace

__all__ = ["Answer", "FetchPolicy", "Fetcher", "Pace"]
