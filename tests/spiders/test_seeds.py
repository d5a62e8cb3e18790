from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest

from spiders._seeds import read_seeds_file
from zhihu_crawler.errors import BadSeed
from zhihu_crawler.urls import Target

if TYPE_CHECKING:
    from pathlib import Path

LINES = """\ufeff# questions about tests

19550225
  1924054028658116132   # nineteen digits
https://www.zhihu.com/question/1/answer/2?utm=x#comment # an answer's address names its question
www.zhihu.com/question/3
not an id
https://zhihu.com.evil.com/question/4
"""


def ids_and_faults(path: Path | str) -> tuple[list[str], list[str]]:
    read = list(read_seeds_file(str(path), "question"))
    return [one.id for one in read if isinstance(one, Target)], [str(one) for one in read if isinstance(one, BadSeed)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "seeds.txt"
    path.write_text(LINES, encoding="utf-8")
    return path


def test_ids_and_addresses_are_read_and_comments_and_blank_lines_are_not(file: Path):
    assert ids_and_faults(file)[0] == ["19550225", "1924054028658116132", "1", "3"]


def test_a_bad_line_is_named_by_number_file_and_text_beside_the_good_ones(file: Path):
    first, second = ids_and_faults(file)[1]
    assert first.startswith(f"line 7 of {file}: 'not an id'")
    assert second.startswith(f"line 8 of {file}: 'https://zhihu.com.evil.com/question/4'")


def test_a_packed_file_is_read_by_its_content_whatever_its_name(tmp_path: Path):
    path = tmp_path / "seeds.txt"
    path.write_bytes(gzip.compress(b"1\n2\n"))
    assert ids_and_faults(path) == (["1", "2"], [])


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("7\n8"))
    assert ids_and_faults("-") == (["7", "8"], [])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_will_do(tmp_path: Path, ending: str):
    path = tmp_path / "seeds.txt"
    path.write_bytes(ending.join(["1", "2", ""]).encode())
    assert ids_and_faults(path) == (["1", "2"], [])


def test_bytes_of_another_encoding_cost_their_line_alone(tmp_path: Path):
    path = tmp_path / "seeds.txt"
    path.write_bytes("1\n问题\n2\n".encode("gb18030"))
    good, bad = ids_and_faults(path)
    assert good == ["1", "2"]
    assert len(bad) == 1


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        next(read_seeds_file(str(tmp_path / "none"), "question"))


def test_lines_are_read_as_they_are_asked_for(tmp_path: Path):
    path = tmp_path / "seeds.txt"
    path.write_text("1\n" * 100_000)
    seeds = read_seeds_file(str(path), "question")
    assert next(seeds) == Target("question", "1")
    seeds.close()
