"""The kinds of value that tables of ``schedule.toml`` hold."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from zhihu_crawler.schedule.faults import near
from zhihu_crawler.schedule.spans import read_span

if TYPE_CHECKING:
    from collections.abc import Callable


class Table(BaseModel):
    """What all tables share: no key that is not known, and no text where a number is wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _span(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('must be a length of time in quotes, such as "15m", "12h" or "7d"')
    return read_span(value)


def _zone(value: object) -> object:
    if not isinstance(value, str) or value not in (known := available_timezones()):
        hint = near(value, {name.lower(): name for name in known}) if isinstance(value, str) else ""
        raise ValueError(f'must be a time zone such as "Asia/Shanghai" or "UTC"{_in_its_own_case(hint)}')
    return ZoneInfo(value)


def _in_its_own_case(hint: str) -> str:
    name = hint.removeprefix("; did you mean ").removesuffix("?")
    own = next((zone for zone in available_timezones() if zone.lower() == name), name)
    return hint.replace(name, own) if name else ""


def at_least(least: timedelta, told: str) -> AfterValidator:
    """Return a check of a length of time against a least one."""

    def check(span: timedelta) -> timedelta:
        if span < least:
            raise ValueError(f"must be {told} or more")
        return span

    return AfterValidator(check)


def matching(pattern: str, told: str) -> Callable[[str], str]:
    """Return a check of a text against a pattern, which ``told`` says in words."""
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must be {told}")
        return text

    return check


Span = Annotated[timedelta, BeforeValidator(_span)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Name = Annotated[str, AfterValidator(matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "letters, digits, '.', '_' and '-'"))]
FieldName = Annotated[
    str, AfterValidator(matching(r"-?[A-Za-z_][\w.]*", "the name of a field, such as author.url_token"))
]
