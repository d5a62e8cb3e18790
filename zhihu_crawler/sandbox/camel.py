"""snake_case to camelCase: a page's state is the API's objects with their keys so written."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1024)  # the keys are a few hundred; values never come here
def camel(name: str) -> str:
    """``avatar_url_template`` to ``avatarUrlTemplate``; ``badge_v2`` to ``badgeV2``."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def camelize(value: Any) -> Any:
    """Return a JSON value with all keys in camelCase."""
    if isinstance(value, dict):
        return {camel(key): camelize(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [camelize(inner) for inner in value]
    return value
