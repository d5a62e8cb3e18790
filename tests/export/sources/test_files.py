from __future__ import annotations

import gzip
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.export.conftest import Exporter, answer, write_items
from tests.samples import AT, USER_ID, make_item, one_of_each
from zhihu_crawler.errors import ExportError
from zhihu_crawler.export.sources import Wanted
from zhihu_crawler.export.sources.files import FilesSource
from zhihu_crawler.items import KINDS, PLURALS, Author, AuthorKind
from zhihu_crawler.rows import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LATER = AT + timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_crawl_wrote_is_exported_as_it_was(export: Exporter, kind: str):
    items = {one.kind: one for one in one_of_each()}
    items["follow"] = make_item("follow", "a>b", follower_token="a", followee_token="b")
    item = items[kind]
    export.items(*items.values())
    export.run("out.jsonl", kind)
    assert export.rows("out.jsonl") == [plain(item)]


def test_the_order_is_that_of_ids_as_text_as_in_the_store(export: Exporter):
    export.items(answer(10), answer(9), answer(2))
    export.run("out.jsonl", "answers")
    assert export.ids("out.jsonl") == ["10", "2", "9"]


def test_several_readings_of_a_thing_are_one(export: Exporter):
    card = make_item("answer", "1", partial=True, voteup_count=5, comment_count=1, crawled_at=LATER)
    full = answer(1, comment_count=None)
    export.items(full, card)
    export.run("out.jsonl", "answers")
    [row] = export.rows("out.jsonl")
    assert (row["voteup_count"], row["comment_count"]) == (5, 1)
    assert row["content"] == "<p>回答 <b>1</b></p>"
    assert (row["partial"], row["crawled_at"]) == (False, "2026-03-01T12:00:00Z")


def test_a_cut_text_does_not_replace_a_whole_one(export: Exporter):
    export.items(answer(1), answer(1, content="<p>回", content_truncated=True, crawled_at=LATER))
    export.run("out.jsonl", "answers")
    [row] = export.rows("out.jsonl")
    assert (row["content"], row["content_truncated"]) == ("<p>回答 <b>1</b></p>", None)


def test_an_author_who_became_anonymous_is_anonymous(export: Exporter):
    export.items(answer(1), answer(1, author=Author(kind=AuthorKind.ANONYMOUS, name="匿名用户"), crawled_at=LATER))
    export.run("out.jsonl", "answers")
    [row] = export.rows("out.jsonl")
    assert row["author"]["kind"] == "anonymous"
    assert row["author"]["url_token"] is None


def test_a_person_read_by_token_and_by_id_is_one(export: Exporter):
    by_token = make_item("user", None, url_token="li-bai", name="李白")
    by_both = make_item("user", USER_ID, url_token="li-bai", headline="诗人")
    export.items(by_token, by_both, make_item("user", None, url_token="du-fu"))
    export.run("out.jsonl", "users")
    assert [(row["id"], row["name"], row["headline"]) for row in export.rows("out.jsonl")] == [
        (USER_ID, "李白", "诗人"),
        (None, None, None),
    ]


def test_users_are_named_by_token_or_by_id(export: Exporter):
    export.items(make_item("user", USER_ID, url_token="li-bai"), make_item("user", None, url_token="du-fu"))
    report = export.run("out.jsonl", "users", ids=["du-fu", "https://www.zhihu.com/people/li-bai", USER_ID, "nobody"])
    assert [row["url_token"] for row in export.rows("out.jsonl")] == ["du-fu", "li-bai", "li-bai"]
    assert report.left_out["user"] == {f"not found in {export.file}": [1, ["nobody"]]}


def test_lines_that_are_no_items_cost_themselves_alone_and_are_named(export: Exporter):
    more = b'{"kind": "pin", "id": "1"}\n[]\n\n{"kind": "answer"}\n{"kind": "answer", "id": "3'
    export.items(answer(1), more=more)
    report = export.run("out.jsonl", "answers")
    assert export.ids("out.jsonl") == ["1"]
    assert report.damaged == 4
    told = {reason: places for reason, (_, places) in report.left_out["lines"].items()}
    assert told["no JSON: cut short or damaged"] == [f"{export.file} line 6"]
    assert told["no item: it has no kind that is known here"] == [f"{export.file} line 2", f"{export.file} line 3"]
    assert any(reason.startswith("not what its kind promises: id") for reason in told)


def test_packed_files_and_folders_are_read(tmp_path: Path, folder: Path):
    write_items(tmp_path / "a.jsonl", [answer(1)])
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(write_items(tmp_path / "b", [answer(2)]).read_bytes()))
    source = FilesSource([tmp_path / "a.jsonl", packed], folder)
    assert [one["_id"] for one in source.scan(Wanted("answer"), None)] == ["1", "2"]
    assert source.count(Wanted("answer")) == 2
    source.close()


@pytest.mark.parametrize(
    "hurt",
    [lambda data: data[: len(data) // 2], lambda data: data[: len(data) // 2] + b"\xff" * 5000],
    ids=["cut", "hurt"],
)
def test_of_a_packed_file_that_is_damaged_the_rest_is_read(
    tmp_path: Path, folder: Path, hurt: Callable[[bytes], bytes]
):
    packed = tmp_path / "b.jsonl.gz"
    data = gzip.compress(write_items(tmp_path / "b", [answer(number) for number in range(2000)]).read_bytes())
    packed.write_bytes(hurt(data))
    source = FilesSource([packed], folder)
    assert 100 < len(list(source.scan(Wanted("answer"), None))) < 2000
    assert "packed file cut short or damaged" in source.faults()
    source.close()


def test_a_disk_that_is_full_is_not_taken_for_a_damaged_file(tmp_path: Path, folder: Path):
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(write_items(tmp_path / "b", [answer(1)]).read_bytes()))
    unpacked = folder / "unpacked-0.jsonl"
    unpacked.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        FilesSource([packed], folder)
    unpacked.unlink()
    FilesSource([packed], folder).close()


def test_files_that_changed_meanwhile_are_not_gone_on_with(tmp_path: Path, folder: Path):
    path = write_items(tmp_path / "a.jsonl", [answer(1)])
    FilesSource([path], folder).close()
    FilesSource([path], folder).close()
    write_items(path, [answer(1), answer(2)])
    with pytest.raises(ExportError, match="have changed since this export began: add --restart"):
        FilesSource([path], folder)


def test_a_half_made_index_is_made_anew(tmp_path: Path, folder: Path):
    path = write_items(tmp_path / "a.jsonl", [answer(1)])
    (folder / "index.new").write_bytes(b"SQLite format 3\0 and no more")
    source = FilesSource([path], folder)
    assert len(list(source.scan(Wanted("answer"), None))) == 1
    source.close()


def test_a_missing_file_is_told(tmp_path: Path, folder: Path):
    with pytest.raises(ExportError, match="cannot be read: No such file"):
        FilesSource([tmp_path / "none.jsonl"], folder)


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        (["voteup_count"], ["4", "1", "3", "2"]),
        (["voteup_count:desc"], ["2", "3", "1", "4"]),
        (["author.name"], ["4", "3", "2", "1"]),
        (["author.kind:desc", "voteup_count:desc"], ["2", "3", "1", "4"]),
        (["is_paid"], ["1", "2", "3", "4"]),
    ],
)
def test_sorting_puts_what_was_not_seen_first_and_last(export: Exporter, sort: list[str], ids: list[str]):
    authors = {1: "乙", 2: "丙", 3: "一"}
    votes = {1: 1, 2: 3, 3: 2}
    by = {number: Author(kind=AuthorKind.USER, name=name) for number, name in authors.items()}
    export.items(*(answer(number, author=by.get(number), voteup_count=votes.get(number)) for number in (1, 2, 3, 4)))
    export.run("out.jsonl", "answers", sort=sort)
    assert export.ids("out.jsonl") == ids


def test_every_kind_has_its_own_file(export: Exporter):
    export.items(*one_of_each())
    export.run("out", *KINDS, format="jsonl")
    assert sorted(path.name for path in (export.folder / "out").glob("*.jsonl")) == sorted(
        f"{plural}.jsonl" for plural in PLURALS.values()
    )


def test_edges_name_people_by_id_where_it_is_known_as_in_the_store(export: Exporter):
    by_token = make_item("follow", "li-bai>du-fu", follower_token="li-bai", followee_token="du-fu")
    by_id = make_item("follow", "x", follower_id=USER_ID, followee_token="du-fu", position=3, crawled_at=LATER)
    export.items(by_token, by_id, make_item("user", USER_ID, url_token="li-bai"))
    assert export.run("out.jsonl", "follows").written == {"follow": 1}
    [row] = export.rows("out.jsonl")
    assert (row["follower_token"], row["follower_id"], row["position"]) == ("li-bai", USER_ID, 3)
