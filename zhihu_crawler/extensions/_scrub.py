"""Takes out of a page what should be in nobody's hands: cookies, tokens, who is logged in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

REMOVED = b"[removed]"
_SECRET = (
    rb"(?!url_?token\b)[\w-]*(?:token|secret|xsrf|csrf|session|ticket|captcha|passw|signature|z_c0|d_c0|zse_ck|udid)"
)
_OWN = rb"current_?user|email|phone\w*|mobile"
_LEAST = 6
"""Characters of a secret that is looked for as it is; a shorter one would tear pages apart."""
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "xsrf": "...", &quot;xsrf&quot;:&quot;...&quot;
        rb"(?P<keep>(?:\"|&quot;)(?:" + _SECRET + rb"[\w-]*|" + _OWN + rb")(?:\"|&quot;)\s*:\s*(?:\"|&quot;))[^\"&]+",
        rb"(?P<keep>\bname=[\"']?" + _SECRET + rb"[\w-]*[\"']?[^<>]{0,200}?\bvalue=[\"'])[^\"'<>]+",
        rb"(?P<keep>\b" + _SECRET + rb"[\w-]*=)[\w%.|:+/=-]+",  # in an address, or a cookie
        rb"(?P<keep>\bid=[\"']zh-zse-ck[\"'][^<>]{0,200}?\bcontent=[\"'])[^\"'<>]+",
    )
)


def scrub(body: bytes, secrets: Iterable[str] = ()) -> bytes:
    """Return a page without secrets: those that are known, in every usual spelling, and all that is named like one."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _LEAST:
            for form in _forms(secret):
                body = body.replace(form, REMOVED)
    for pattern in _PATTERNS:
        body = pattern.sub(rb"\g<keep>" + REMOVED, body)
    return body


def _forms(secret: str) -> set[bytes]:
    told = json.dumps(secret)[1:-1]
    forms = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        told,
        told.replace("/", "\\/"),
        told.replace("/", "\\u002F"),
    }
    return {form.encode() for form in forms}
