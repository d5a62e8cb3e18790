from __future__ import annotations

import pytest

from zhihu_crawler.errors import BadSetting
from zhihu_crawler.sandbox.captures import Captures

INDEX = (
    "file\tsource\tcaptured\turl\tcompleteness\twhat\n"
    'question/a.html\tx\t2015\thttps://www.zhihu.com/question/1?sort=created&page=2\tcomplete\tsays "so\n'
    "question/b.html\tx\t2015\thttps://www.zhihu.com/question/1\tcomplete\t\n"
    "question/c.html\tx\t2016\thttps://www.zhihu.com/question/1\tcomplete\ta second one of the same address\n"
    "blocked/403-code1.json\tx\t2015\thttps://www.zhihu.com/api/v4/x\tcomplete\t\n"
    "blocked/401-code1.json\tx\t2015\thttps://www.zhihu.com/api/v4/y\tcomplete\t\n"
    "blocked/zse-ck-x.html\tx\t2015\thttps://zhuanlan.zhihu.com/p/1\tcomplete\t\n"
    "api/none.json\tx\t2015\t\tcomplete\tno address\n"
    "api/lost.json\tx\t2015\thttps://www.zhihu.com/lost\tcomplete\tno such file\n"
)


@pytest.fixture
def folder(tmp_path):
    for line in INDEX.splitlines()[1:]:
        file = tmp_path / line.split("\t")[0]
        file.parent.mkdir(exist_ok=True)
        if file.name != "lost.json":
            file.write_bytes(file.name.encode("gb18030"))
    (tmp_path / "INDEX.tsv").write_text(INDEX, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("url", "file", "status", "kind"),
    [
        ("https://www.zhihu.com/question/1?page=2&sort=created", "a.html", 200, "text/html"),
        ("https://www.zhihu.com/question/1", "b.html", 200, "text/html"),
        ("https://www.zhihu.com/api/v4/x", "403-code1.json", 403, "application/json"),
        ("https://www.zhihu.com/api/v4/y", "401-code1.json", 401, "application/json"),
        ("https://zhuanlan.zhihu.com/p/1", "zse-ck-x.html", 403, "text/html"),
    ],
)
def test_a_page_is_found_by_its_address(folder, url, file, status, kind):
    found = Captures(folder).find(url)
    assert (found.path.name, found.status) == (file, status)
    assert found.content_type.startswith(kind)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.zhihu.com/question/2",
        "https://zhuanlan.zhihu.com/question/1",
        "https://www.zhihu.com/question/1?page=3",
        "https://www.zhihu.com/lost",
    ],
)
def test_a_page_that_was_not_saved_is_not_found(folder, url):
    assert Captures(folder).find(url) is None


def test_a_folder_without_an_index_is_refused(tmp_path):
    with pytest.raises(BadSetting, match=r"INDEX\.tsv"):
        Captures(tmp_path)


@pytest.mark.captures
def test_real_captures_are_found_at_their_addresses(captures):
    found = Captures(captures)
    assert len(found.urls) > 30
    assert all(found.find(url).path.is_file() for url in found.urls)
