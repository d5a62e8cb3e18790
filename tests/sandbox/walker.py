"""A client of its own that walks a listing of the API in this process: no code of the crawler's is in it."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qsl, urlsplit


def split_next(url):
    """Path below /api/v4/ and query of a ``next``, whatever host it names."""
    parts = urlsplit(unescape(url))
    path = parts.path.removeprefix("/api/v4")
    return path.lstrip("/"), dict(parse_qsl(parts.query, keep_blank_values=True))


def walk(api, path, *, most=100, **query):
    """Pages of a listing until it ends, is empty, repeats its ``next`` or wants a log-in."""
    seen, pages = set(), []
    query = {key: str(value) for key, value in query.items()}
    while len(pages) < most:
        status, page = api.reply(path, query)
        assert status == 200, page
        pages.append(page)
        next_ = page["paging"].get("next")
        if page["paging"]["is_end"] or not page["data"] or next_ is None or next_ in seen:
            return pages
        seen.add(next_)
        path, query = split_next(next_)
    raise AssertionError(f"{path} does not end within {most} pages")


def answer_ids(pages):
    """Ids of the answers of a walk, through feeds and lists, advertisements left out."""
    records = [record for page in pages for record in page["data"]]
    targets = [record.get("target", record) for record in records if record["type"] != "feed_advert"]
    return [target["id"] for target in targets]
