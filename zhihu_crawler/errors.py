"""The exceptions of this project.

ZhihuError
├── BadSeed                  a seed, an id or a URL that cannot be used (also a ValueError)
├── BadSetting               a setting or a spider argument out of its range (also a ValueError)
├── BadSession               a session, or what it was to be made of, that cannot be used (also a ValueError)
├── ExportError              an export cannot be made as it was asked for
│   └── BadQuery             a kind, field, value or time in it that cannot be used (also a ValueError)
├── StoreError               the store cannot take what it is given, now or ever
│   ├── UnreachableError     no server takes it now: it can be tried again
│   ├── RefusedError         this one document can never be stored; its neighbours can
│   └── SpooledError         it was not taken in time and waits on the local disk
└── PageError                a reply does not give what was asked for
    ├── BlockedError         the site refused: its ``block`` says how
    ├── GoneError            deleted, or never there: a result, not a fault of ours
    ├── SiteError            an error object that says none of the above
    ├── WrongPageError       a sound page of something else
    ├── DamagedPageError     cut short, or not what its own format promises
    ├── LayoutUnknownError   nothing on the page is known to us
    └── RecordError          one record of a page cannot be read; its neighbours can
        └── FieldError       one field of a record has a value of the wrong type

A parser says what is wrong with a page; what is done about it is the caller's decision.
"""

from __future__ import annotations

from enum import StrEnum


class Block(StrEnum):
    """How the site refused a request; the signals are listed in ``payload.py``."""

    RATE = "rate"
    """Too many requests (429), or the temporary limit of code 40362: slow down, the session is good."""
    LOGIN = "login"
    """A session is wanted or has expired: sign-in page, codes 100, 101, 602, 40353."""
    BROWSER = "browser"
    """Only a person's browser passes: captcha (40352, /account/unhuman), zse-ck challenge, signature (10003)."""
    ACCOUNT = "account"
    """The account that asks is restricted (120017)."""


class ZhihuError(Exception):
    """Root of everything that this project raises on purpose."""


class BadSeed(ZhihuError, ValueError):  # it is the word that users know from scrapy-redis
    """A seed that is no id, token or Zhihu URL of the wanted kind."""


class BadSetting(ZhihuError, ValueError):  # says more than BadSettingError
    """A setting or argument with a value that cannot be used."""


class ExportError(ZhihuError):
    """An export cannot be made, or not as it was asked for; the message says what to do."""


class BadQuery(ExportError, ValueError):  # says more than BadQueryError
    """A kind, a field, a condition or a time of an export that cannot be used."""


class StoreError(ZhihuError):
    """The store cannot take what it is given."""


class UnreachableError(StoreError):
    """No server, or no majority of them, takes a write now; a later try may go through."""


class RefusedError(StoreError):
    """One document that can never be stored as it is."""


class SpooledError(StoreError):
    """One document that no majority took in time; it waits in the spool."""


class BadSession(ZhihuError, ValueError):  # says more than BadSessionError
    """A session's file, or cookies to make one of, that cannot be used; the message holds no secret."""


class PageError(ZhihuError):
    """A reply does not give what was asked for."""

    @property
    def reason(self) -> str:
        """Short name for stats and for why a listing stopped: ``"gone"``, ``"blocked/login"``, ..."""
        return type(self).__name__.removesuffix("Error").lower()


class BlockedError(PageError):
    """The site refused. ``block`` says how, ``code`` is Zhihu's own error code where it gave one."""

    def __init__(self, block: Block, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.block = block
        self.code = code

    @property
    def reason(self) -> str:
        """``"blocked/"`` and the kind of block."""
        return f"blocked/{self.block}"


class GoneError(PageError):
    """What was asked for was deleted, or never existed."""


class SiteError(PageError):
    """The site answered with an error that is neither a block nor a farewell."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class WrongPageError(PageError):
    """A sound page, but not of the thing that was asked for."""


class DamagedPageError(PageError):
    """A page that is cut short or breaks its own format."""


class LayoutUnknownError(PageError):
    """A page on which nothing is known to us: a new layout, or no page of Zhihu's."""


class RecordError(PageError):
    """One record among others that cannot be read."""


class FieldError(RecordError):
    """One field whose value is not of its type; the record is read without it."""
