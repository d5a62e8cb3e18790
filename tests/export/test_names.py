from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhihu_crawler.export.names import MAX_BYTES, cut, file_name, safe

WINDOWS = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def name(title: str, by: str = "李白的回答", id_: str = "123", kind: str = "answer") -> str:
    return file_name(kind, id_, title, by, ".md")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("为什么？", "为什么？--李白的回答-a123.md"),
        ('a/b\\c:d*e?f"g<h>i|j', "a／b＼c：d＊e？f＂g＜h＞i｜j--李白的回答-a123.md"),
        ("CON", "_CON--李白的回答-a123.md"),
        ("nul.txt", "_nul.txt--李白的回答-a123.md"),
        ("Com1 x", "_Com1 x--李白的回答-a123.md"),
        ("CONtext", "CONtext--李白的回答-a123.md"),
        (".hidden", "hidden--李白的回答-a123.md"),
        ("-rf", "rf--李白的回答-a123.md"),
        ("x. ", "x--李白的回答-a123.md"),
        ("a\nb\tc\x00d\x1be", "a b c d e--李白的回答-a123.md"),
        ("gpj\u202egnp", "gpjgnp--李白的回答-a123.md"),
        ("\u200b", "_--李白的回答-a123.md"),
        ("", "_--李白的回答-a123.md"),
        ("..", "_--李白的回答-a123.md"),
        ("e\u0301", "\u00e9--李白的回答-a123.md"),
        ("👨‍👩‍👧", "👨‍👩‍👧--李白的回答-a123.md"),
        ("\ud800x", "x--李白的回答-a123.md"),
    ],
)
def test_a_name_is_safe_and_readable(title: str, expected: str):
    assert name(title) == expected


@given(st.text(), st.text(), st.sampled_from(["question", "answer", "article"]), st.integers(1, 10**19).map(str))
def test_any_title_gives_a_name_for_every_file_system(title: str, by: str, kind: str, id_: str):
    made = name(title, by, id_, kind)
    assert len(made.encode()) <= MAX_BYTES
    assert not WINDOWS.search(made)
    assert made == unicodedata.normalize("NFC", made)
    assert made[0] not in ".- "
    assert made.endswith(f"-{kind[0] if kind != 'article' else 'p'}{id_}.md")
    assert made == name(title, by, id_, kind)


@given(
    st.lists(st.tuples(st.sampled_from(["question", "answer", "article"]), st.integers(1, 50).map(str)), unique=True)
)
def test_no_two_names_are_the_same_even_where_case_does_not_count(things: list[tuple[str, str]]):
    names = [name("同" * 300, "匿名用户的回答", id_, kind).casefold() for kind, id_ in things]
    assert len(set(names)) == len(things)


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("猫猫猫", 9, "猫猫猫"),
        ("猫猫猫", 8, "猫…"),
        ("猫猫猫猫", 9, "猫猫…"),
        ("👨‍👩‍👧x", 16, "…"),
        ("a👍🏽b", 9, "a…"),
        ("ae\u0301z", 6, "ae\u0301z"),
        ("aae\u0301zz", 6, "aa…"),
        ("ab - cd", 6, "ab…"),
    ],
)
def test_what_is_too_long_is_cut_between_letters(text: str, most: int, expected: str):
    assert cut(text, most) == expected
    assert len(expected.encode()) <= most


def test_safe_twice_is_safe_once():
    assert safe(safe('a/b "c"')) == safe('a/b "c"')
