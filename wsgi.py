"""For any WSGI server: ``gunicorn wsgi:app``. `reviews serve` is the shorter way."""

from reviews.config import Settings
from reviews.web.server import build_application

app = build_application(Settings.from_env())
