"""Clinic Reviews: collect a clinic's reviews, tell the truth about every number, show them on its website."""

__version__ = "0.1.0"
