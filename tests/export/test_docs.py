from __future__ import annotations

import re
from pathlib import Path

from zhihu_crawler.export.formats import FORMATS
from zhihu_crawler.export.query.paths import KEPT
from zhihu_crawler.items import PLURALS

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")


def table_of_formats() -> str:
    """Which format takes which kind."""
    rows = [["kind", *(f"`{name}`" for name in FORMATS)], ["---"] * (len(FORMATS) + 1)]
    for kind, plural in PLURALS.items():
        rows.append(
            [f"`{plural}`", *("yes" if not form.kinds or kind in form.kinds else "" for form in FORMATS.values())]
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def test_the_page_says_which_format_takes_which_kind():
    found = re.search(r"<!-- formats: begin -->\n(.*?)\n?<!-- formats: end -->", PAGE, re.DOTALL)
    assert found
    assert found[1] == table_of_formats()


def test_the_page_names_all_that_the_store_keeps():
    assert f"beside an item: {', '.join(f'`{name}`' for name in KEPT)}" in PAGE
