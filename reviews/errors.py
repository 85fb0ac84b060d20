"""What can go wrong, named by what happens next.

::

    ReviewsError
    ├ ConfigError                 stop at start; names the setting
    ├ SourceError
    │ ├ SourceUnavailable         back off: timeouts, 5xx, cut connections
    │ │ └ RateLimited             … and carries retry_after_seconds
    │ ├ SourceUnauthorized        pause, ask for re-connection
    │ ├ SourceBlocked             robots, 403, captcha: pause; never evaded
    │ ├ SourceGone                disable once confirmed
    │ ├ SourceChanged             the page or JSON has changed shape: keep the old data, alert
    │ └ SourceRequestError        the platform calls our request wrong: pause, tell the operator
    ├ ImportFileError             file, row and column
    └ StorageError
      ├ StorageBusy               try again shortly
      ├ StorageUnavailable        the database cannot be reached or read
      │ ├ StorageFull             … nothing more can be written: no room, or a faulty disk
      │ └ StorageReadOnly         … it can only be read
      ├ NotFound                  no such row in this group
      ├ Conflict                  somebody else changed it first
      └ LeaseLost                 another worker holds this source now: stop without writing

`message` is for the log and the operator. `hint` is one or two sentences for marketing staff: an English message id of
the catalogue with ``{named}`` places, filled from `values` after translation.
"""

from collections.abc import Mapping


class ReviewsError(Exception):
    """Base of all errors that this program raises on purpose."""

    hint_default = "Something went wrong on our side. Nothing was lost."

    def __init__(self, message: str, hint: str | None = None, values: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.hint_default
        self.values: dict[str, str] = dict(values or {})


class ConfigError(ReviewsError):
    """A setting is missing or wrong; the message names it, what was found and what is expected."""


class SourceError(ReviewsError):
    """A source could not be read."""


class SourceUnavailable(SourceError):
    """The source did not answer properly; trying again later may help."""

    hint_default = "The site did not answer. We try again by ourselves. The last good figures stay."


class RateLimited(SourceUnavailable):
    """The source asked us to slow down."""

    hint_default = "The site asked us to slow down. We wait as long as it asked. The last good figures stay."

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        values: Mapping[str, str] | None = None,
        *,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message, hint, values)
        self.retry_after_seconds = retry_after_seconds


class SourceUnauthorized(SourceError):
    """The source no longer accepts our key or permission."""

    hint_default = "The site no longer accepts our key. Please connect it again. The last good figures stay."


class SourceBlocked(SourceError):
    """The source does not want to be read by programs; it is never evaded."""

    hint_default = "This site does not want to be read by programs. We have stopped asking."


class SourceGone(SourceError):
    """The listing is not there any more."""

    hint_default = "The page was not there. Please check the address. The last good figures stay."


class SourceChanged(SourceError):
    """The source answered in a shape that we cannot trust; nothing from it was stored."""

    hint_default = "The page has changed its shape. The last good figures stay, and nothing was overwritten."


class SourceRequestError(SourceError):
    """The source calls our request wrong: our mistake or a wrong setting."""

    hint_default = "The site did not understand our request. Please check the settings of this source."


class ImportFileError(ReviewsError):
    """A file cannot be imported, or a row of it; names file, row (1-based, header is row 1) and column."""

    hint_default = "This file could not be read. Nothing was stored."

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        values: Mapping[str, str] | None = None,
        *,
        file: str = "",
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message, hint, values)
        self.file, self.row, self.column = file, row, column


class StorageError(ReviewsError):
    """The database refused or failed."""


class StorageBusy(StorageError):
    """Somebody else is writing; try again in a moment."""

    hint_default = "The database is busy. Please try again in a moment. Nothing was lost."


class StorageUnavailable(StorageError):
    """The database cannot be reached or read."""

    hint_default = "The database cannot be reached. The last good figures are still shown."


class StorageFull(StorageUnavailable):
    """Nothing more can be written, because there is no room or the disk is faulty; reading goes on."""

    hint_default = "Nothing can be saved at the moment: the server's disk is full or faulty. Nothing saved was lost."


class StorageReadOnly(StorageUnavailable):
    """The database can be read and not written; reading goes on."""

    hint_default = "Nothing can be saved at the moment: the database can only be read. Nothing saved was lost."


class NotFound(StorageError):
    """No such row in this group."""

    hint_default = "This does not exist, or it belongs to somebody else."


class Conflict(StorageError):
    """Somebody else changed it first, or it exists already."""

    hint_default = "Somebody else changed this in the meantime. Please look again."


class LeaseLost(StorageError):
    """Another worker holds this source now; whoever gets this stops without writing."""
