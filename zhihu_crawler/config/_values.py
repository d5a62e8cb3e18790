"""How one setting is read: each fault names the setting, the value, and what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.errors import BadSetting

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


def read_flag(settings: BaseSettings, name: str) -> bool:
    """Read 0 or 1.

    Raises:
        BadSetting: it is neither.
    """
    try:
        return settings.getbool(name)
    except ValueError as error:
        raise BadSetting(f"{name} ({settings.get(name)!r}) must be 0 or 1") from error


def read_number(
    settings: BaseSettings, name: str, default: float, *, least: float = 0.0, most: float = float("inf")
) -> float:
    """Read a number within bounds; what is empty or absent is the default.

    Raises:
        BadSetting: it is no number, or out of bounds.
    """
    value = settings.get(name)
    if value is None or value == "":
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not least <= number <= most:
        bounds = f"{least:g} or more" if most == float("inf") else f"{least:g} to {most:g}"
        raise BadSetting(f"{name} ({value!r}) must be a number, {bounds}")
    return number
